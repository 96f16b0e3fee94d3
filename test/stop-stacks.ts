declare const stopStacks: () => Promise<void>;

export default async function stop(): Promise<void> {
  await stopStacks();
}
