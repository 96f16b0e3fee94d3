declare const stopStackHost: () => Promise<void>;

export default async function teardown(): Promise<void> {
  await stopStackHost();
}
