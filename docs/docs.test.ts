import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../cli/program.ts';
import { headingSlug } from './heading-slug.ts';

const PAGES = [
  'README.md',
  'README.zh-CN.md',
  'SCOPE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CODE_OF_CONDUCT.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('site/'))
    .map((name) => join('docs', name)),
];
const pages = PAGES.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const readme = pages[0]!.text;

/** The lines of a page that are neither code nor made by a program. */
function proseLines(text: string): string[] {
  return text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/<!-- table (.+): begin -->[\s\S]*?<!-- table \1: end -->/g, '')
    .split('\n');
}

/** Its headings in their order: how deep, and the text. */
function headings(text: string): { readonly depth: number; readonly title: string }[] {
  return proseLines(text).flatMap((line) => {
    const [, marks, title] = /^(#+) (.+)$/.exec(line) ?? [];
    return title === undefined ? [] : [{ depth: marks!.length, title }];
  });
}

const anchors = new Map(
  pages.map(({ path, text }) => [path, new Set(headings(text).map(({ title }) => headingSlug(title)))]),
);

/** Code blocks of a page in their order, without the fences. */
function codeBlocks(text: string): string[] {
  return [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
}

const commands = new Map(
  buildProgram().commands.map((command) => [command.name(), command.options.map(({ long }) => long!)]),
);
const allOptions = [...commands.values()].flat();

describe('README', () => {
  it('is read in one go', () => expect(readme.split('\n').length).toBeLessThan(150));

  it('begins with the command that prints the table, then the one that runs the tests; both are npm scripts', () => {
    const [first, second] = codeBlocks(readme);
    expect(first).toBe('npm ci && npm run --silent prescale -- replay\n');
    expect(second).toBe('npm ci && npm test\n');
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['prescale', 'test', 'bench', 'build']));
  });
});

/** `prescale replay --until 2h`: each command line of a page with the command's name, then each option that stands alone. */
function commandsOf(text: string): { readonly line: string; readonly command: string | undefined }[] {
  const joined = text.replace(/\\\n\s*/g, '');
  const lines = joined.matchAll(/^prescale ([a-z]+(?:-[a-z]+)*)[^\n]*|`prescale ([a-z]+(?:-[a-z]+)*)[^`\n]*`/gm);
  const alone = joined.matchAll(/`(--[a-z][a-z-]+)/g);
  return [
    ...[...lines].map(([line, own, quoted]) => ({ line, command: own ?? quoted })),
    ...[...alone].map(([, option]) => ({ line: option!, command: undefined })),
  ];
}

function existsInProgram({ line, command }: { readonly line: string; readonly command: string | undefined }): boolean {
  const known = command === undefined ? allOptions : commands.get(command);
  const options = [...line.matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option);
  return known !== undefined && options.every((option) => option === '--help' || known.includes(option));
}

/** Links to pages and files of the repository. */
function linksOf({
  path,
  text,
}: (typeof pages)[number]): { readonly file: string; readonly anchor: string | undefined }[] {
  return [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, target, anchor]) => ({
    file: target === '' ? path : join(dirname(path), target!),
    anchor,
  }));
}

/** Source files that a page names. */
function sourcesOf(text: string): string[] {
  const named = [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|mjs|sh|json|ya?ml))`/g)].map(([, file]) => file!);
  return named.filter((file) => existsSync(file.split('/')[0]!));
}

const priceBooksOf = (text: string) => codeBlocks(text).filter((code) => /^currency:/m.test(code));

describe('every page', () => {
  it('is looked through: together they have commands, links, files and price books', () => {
    const all = <T>(of: (page: (typeof pages)[number]) => readonly T[]) => pages.flatMap(of).length;
    expect(all(({ text }) => commandsOf(text))).toBeGreaterThan(200);
    expect(all(linksOf)).toBeGreaterThan(200);
    expect(all(({ text }) => sourcesOf(text))).toBeGreaterThan(100);
    expect(all(({ text }) => priceBooksOf(text))).toBeGreaterThan(0);
  });

  it.each(pages)('$path names only commands and options that exist', ({ text }) => {
    expect(commandsOf(text).filter((one) => !existsInProgram(one))).toEqual([]);
  });

  it.each(pages)('$path links to what is there', (page) => {
    const dead = linksOf(page).filter(
      ({ file, anchor }) =>
        !existsSync(file) || (anchor !== undefined && !(anchors.get(file)?.has(decodeURI(anchor)) ?? false)),
    );
    expect(dead).toEqual([]);
  });

  it.each(pages.filter(({ path }) => path !== 'docs/benchmarks.md'))(
    '$path has no prose line that is hard to review',
    ({ text }) => {
      const long = proseLines(text).filter((line) => line.length > 200 && !line.startsWith('|'));
      expect(long).toEqual([]);
    },
  );

  it.each(pages.filter(({ path }) => !/^(?:CHANGELOG|docs\/decisions\/)/.test(path)))(
    '$path names only source files that exist',
    ({ text }) => {
      expect(sourcesOf(text).filter((file) => !existsSync(file))).toEqual([]);
    },
  );

  it.each(pages)('$path shows price books that can be read', async ({ text }) => {
    const { parsePriceBook } = await import('../replay/cost/price-book-file.io.ts');
    const currencies = priceBooksOf(text).map((block) => parsePriceBook(block, 'docs').currency);
    expect(currencies.filter((currency) => !/^[A-Z]{3}$/.test(currency))).toEqual([]);
  });
});

describe('the Chinese pages', () => {
  const translated = pages.filter(({ path }) => /zh-CN/.test(path));

  it('are the README, concepts, install and replay', () => {
    expect(translated.map(({ path }) => path).sort()).toEqual(
      ['README.zh-CN.md', ...['concepts', 'install', 'replay'].map((name) => `docs/zh-CN/${name}.md`)].sort(),
    );
  });

  it.each(translated)('$path has the sections of its original, in their order', ({ path, text }) => {
    const original = path.replace('.zh-CN', '').replace('zh-CN/', '');
    const depths = (page: string) => headings(page).map(({ depth }) => depth);
    expect(depths(text)).toEqual(depths(readFileSync(original, 'utf8')));
  });

  it.each(translated)('$path has the commands and settings of its original', ({ path, text }) => {
    const original = readFileSync(path.replace('.zh-CN', '').replace('zh-CN/', ''), 'utf8');
    const code = (page: string) =>
      [...page.matchAll(/^```(?:sh|yaml)\n([\s\S]*?)^```$/gm)].map(([, block]) => block!.replace(/ *#.*$/gm, ''));
    expect(code(text)).toEqual(code(original));
  });
});

it('the site leads to every page, and to none that is not there', async () => {
  interface Group {
    readonly items: readonly { readonly link: string }[];
  }
  const site = (name: string) => import(pathToFileURL(`docs/site/${name}.mjs`).href);
  const { SIDEBARS } = (await site('sidebar')) as { readonly SIDEBARS: Readonly<Record<string, readonly Group[]>> };
  const { siteAddress } = (await site('pages')) as { readonly siteAddress: (path: string) => string };
  const links = Object.values(SIDEBARS).flatMap((groups) =>
    groups.flatMap(({ items }) => items.map(({ link }) => link)),
  );
  const addresses = PAGES.filter((path) => path.startsWith('docs/') || path.startsWith('README')).map(siteAddress);
  expect(links).toEqual(expect.arrayContaining(addresses));
  expect([...PAGES, 'helm/README.md'].map(siteAddress)).toEqual(expect.arrayContaining(links));
});

it('docs/replay.md names every option of replay', () => {
  const text = readFileSync('docs/replay.md', 'utf8');
  const own = commands.get('replay')!.filter((option) => !option.startsWith('--prometheus-'));
  for (const option of own) expect(text).toContain(option);
});
