import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path/posix';
import { describe, expect, it } from '@jest/globals';
import { shellBlocks, shells } from './support/shell.ts';

const files = repositoryFiles();
const documents = files.filter((file) => file.endsWith('.md'));
const sources = files.filter((file) => /^(lambda|infra)\/.*\.ts$/.test(file));
/** A recipe tells the reader to write these files. */
const filesToWrite = ['lambda/get-version.ts'];
const { scripts }: { scripts: object } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What runs the shell blocks below each heading, or why nothing does. */
const runBy: Readonly<Record<string, string>> = {
  'README.md: See it work': '.ci/run',
  'README.md: On your machine': 'test/local/examples.test.ts',
  'README.md: In your tests': 'test/local/examples.test.ts',
  'README.md: In your AWS account': 'test/deploy/shell-blocks.test.ts',
  'infra/README.md: Deploy': 'test/deploy/shell-blocks.test.ts',
  'infra/README.md: Environments': 'it needs an AWS account',
  'infra/README.md: Outputs': 'test/deploy/shell-blocks.test.ts',
  'infra/README.md: Clients and organizations': 'the emulator does not have these commands',
  'infra/README.md: Send events to a queue or an HTTP endpoint': 'test/deploy/shell-blocks.test.ts',
  'infra/README.md: Operate': 'test/deploy/shell-blocks.test.ts',
  'infra/README.md: Delete a stack': 'it needs an AWS account',
  'infra/README.md: Test the alarms': 'test/deploy/shell-blocks.test.ts',
  'infra/README.md: Roll back': 'it needs an AWS account',
  'infra/README.md: Replay failed records': 'test/deploy/shell-blocks.test.ts',
  'infra/README.md: Restore': 'test/operate/restore.moto.test.ts',
  'infra/README.md: Restore by hand': 'test/operate/restore.moto.test.ts',
  'infra/local/README.md: The local stack': 'test/local/start.test.ts',
  'infra/local/README.md: The database': 'it is for other platforms',
  'infra/local/README.md: The log': 'test/local/log.test.ts',
  'infra/local/README.md: Change the code': 'it waits for a debugger',
  'test/README.md: Suites': 'it needs an AWS account',
  'test/README.md: Run a single test': 'it waits for a debugger',
};

const fence = /^[ \t]*(```|~~~).*?^[ \t]*\1/gms;
const inlineCode = /`[^`]+`/g;
const link = /\]\(([^)\s]+)|^\[[^\]]+\]: *(\S+)|(?:href|src)="([^"]+)"/gm;
const npmScript = /\bnpm run (?:-\S+ )*([a-z][\w:-]*)/g;
const repositoryPath = /(?<![\w./-])(?:lambda|infra|test)\/(?:[\w./*-]|\{[^}]*\})*/g;
const headingReference = /([\w/-]+\.md)(?:: |, [*"])([A-Z][^,.*"'\n]*)/g;

describe.each(documents)('%s', (document) => {
  const text = readFileSync(document, 'utf8');

  it('links to tracked files and to existing headings', () => {
    expect(brokenLinks(document, text)).toEqual([]);
  });

  it('names only scripts of package.json after npm run', () => {
    expect(unknownScripts(document, text)).toEqual([]);
  });

  it('names only existing paths of the repository in code', () => {
    expect(unknownPaths(document, text)).toEqual([]);
  });
});

describe('a shell block', () => {
  const blocks = documents.flatMap((document) => shellBlocks(document).map((block) => ({ document, ...block })));

  it.each(blocks)('of $document, *$heading*, can be pasted into a shell', ({ text }) => {
    // An interactive zsh passes a comment to the command as arguments.
    expect(text).not.toMatch(/(^|\s)#/m);
    for (const [shell] of shells) execFileSync(shell, ['-n'], { input: text });
  });

  it('is run by a suite, or cannot run on this machine', () => {
    const headings = blocks.map(({ document, heading }) => `${document}: ${heading}`);
    expect([...new Set(headings)].toSorted()).toEqual(Object.keys(runBy).toSorted());
    expect(Object.values(runBy).filter((runner) => runner.startsWith('test/') && !exists(runner))).toEqual([]);
  });
});

describe('lambda/ and infra/', () => {
  it('refer to existing headings of the documents', () => {
    const problems = sources.flatMap((source) => unknownHeadings(source, readFileSync(source, 'utf8')));
    expect(problems).toEqual([]);
  });
});

describe('the checks of the documents', () => {
  const document = 'test/example.md';

  it('find a link to a missing file, and one to a missing heading', () => {
    const text =
      '# Two words\n[a](#two-words) [b](#three)\n[c](missing.md)\n![d](../README.md#no-such-heading)\n`[e](f)`';
    expect(brokenLinks(document, text)).toEqual([
      'test/example.md:2: (#three): test/example.md has no such heading',
      'test/example.md:3: (missing.md): test/missing.md is not in the repository',
      'test/example.md:4: (../README.md#no-such-heading): README.md has no such heading',
    ]);
  });

  it('find a missing script and a missing path', () => {
    expect(unknownScripts(document, '`npm run check`\nnpm run --silent missing')).toEqual([
      'test/example.md:2: npm run missing: package.json has no such script',
    ]);
    expect(unknownPaths(document, '`test/routes/` `lambda/*.ts`\n```sh\nnpm test -- test/missing.ts\n```')).toEqual([
      'test/example.md:3: test/missing.ts is not in the repository',
    ]);
  });

  it('find a reference from code to a missing heading', () => {
    expect(unknownHeadings('infra/example.ts', "'It failed. README.md: Missing, Row'")).toEqual([
      'infra/example.ts:1: README.md: Missing: README.md has no such heading',
    ]);
  });

  it('derive anchors from headings as GitHub does', () => {
    const headings = '## The `scan` route: `since` & _more_\n## Twice\n```\n# Not a heading\n```\n## Twice\n';
    expect(anchorsOf(headings)).toEqual(['the-scan-route-since--_more_', 'twice', 'twice-1']);
  });
});

function brokenLinks(document: string, text: string): string[] {
  const prose = blank(blank(text, fence), inlineCode);
  return [...prose.matchAll(link)].flatMap(({ index, 1: inline, 2: reference, 3: html }) => {
    const target = inline ?? reference ?? html ?? '';
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? document : join(dirname(document), decodeURI(path));
    const at = `${document}:${lineAt(text, index)}: (${target})`;
    if (file !== document && !exists(file)) return [`${at}: ${file} is not in the repository`];
    if (anchor === undefined) return [];
    const anchors = anchorsOf(file === document ? text : readFileSync(file, 'utf8'));
    return anchors.includes(anchor) ? [] : [`${at}: ${file} has no such heading`];
  });
}

function unknownScripts(document: string, text: string): string[] {
  return [...text.matchAll(npmScript)]
    .filter(([, script = '']) => !Object.hasOwn(scripts, script))
    .map(({ index, 1: script }) => {
      return `${document}:${lineAt(text, index)}: npm run ${script}: package.json has no such script`;
    });
}

function unknownPaths(document: string, text: string): string[] {
  // Only in code: in prose, a word such as test/ may be about anything.
  const prose = blank(blank(text, fence), inlineCode);
  return [...text.matchAll(repositoryPath)]
    .filter(({ index, 0: path }) => prose[index] === ' ' && !exists(path) && !filesToWrite.includes(path))
    .map(({ index, 0: path }) => `${document}:${lineAt(text, index)}: ${path} is not in the repository`);
}

function unknownHeadings(source: string, text: string): string[] {
  return [...text.matchAll(headingReference)]
    .filter(([, file = '', heading = '']) => !exists(file) || !headingsOf(readFileSync(file, 'utf8')).includes(heading))
    .map(({ index, 1: file, 2: heading }) => {
      return `${source}:${lineAt(text, index)}: ${file}: ${heading}: ${file} has no such heading`;
    });
}

function headingsOf(text: string): string[] {
  return [...blank(text, fence).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => heading);
}

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(text: string): string[] {
  const uses = new Map<string, number>();
  return headingsOf(text).map((heading) => {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '').replaceAll(' ', '-');
    const earlier = uses.get(anchor) ?? 0;
    uses.set(anchor, earlier + 1);
    return earlier === 0 ? anchor : `${anchor}-${earlier}`;
  });
}

/** Replaces each match with spaces, so that the position of the rest stays the same. */
function blank(text: string, pattern: RegExp): string {
  return text.replace(pattern, (match) => match.replace(/[^\n]/g, ' '));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** Whether a path, a folder or a glob names a file of the repository. */
function exists(path: string): boolean {
  const folder = path.endsWith('/') ? path : `${path}/`;
  return files.some((file) => file === path || file.startsWith(folder) || matchesGlob(file, path));
}

/** The tracked files or, in a download without .git, all files. */
function repositoryFiles(): string[] {
  try {
    return execFileSync('git', ['ls-files'], { encoding: 'utf8', stdio: 'pipe' }).trim().split('\n');
  } catch {
    return globSync('**/*.*', { exclude: ['**/node_modules', '.*', 'dist', 'cdk.out'] });
  }
}
