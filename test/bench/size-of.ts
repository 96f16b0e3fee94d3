import { dirname, join } from 'node:path';

/** A file of a bundle. */
export type BundleFile = { readonly path: string; readonly text: string; readonly contents: Uint8Array };

export type Size = {
  /** Of what its start reads, and of all of it. */
  readonly startBytes: number;
  readonly bytes: number;
  /** Files that its start reads. */
  readonly startFiles: number;
};

/** What a bundle's files weigh, and how much of that its start reads. */
export function sizeOf(files: readonly BundleFile[]): Size {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const read = new Set<BundleFile>();
  const follow = (path: string): void => {
    const file = byPath.get(path);
    if (!file || read.has(file)) return;
    read.add(file);
    for (const [, chunk] of file.text.matchAll(/(?:from|^import|[;}]import)"(\.\/[^"]+)"/g)) {
      follow(join(dirname(path), chunk ?? ''));
    }
  };
  for (const { path } of files) if (/[/]index\.[cm]js$/.test(path)) follow(path);
  const weight = (some: Iterable<BundleFile>) => [...some].reduce((bytes, { contents }) => bytes + contents.length, 0);
  return { bytes: weight(files), startBytes: weight(read), startFiles: read.size };
}
