import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../cli/program.ts';

const PAGES = [
  'README.md',
  'SCOPE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CODE_OF_CONDUCT.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const pages = PAGES.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const readme = pages[0]!.text;

/** Code blocks of a page in their order, without the fences. */
function codeBlocks(text: string): string[] {
  return [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
}

const commands = new Map(
  buildProgram().commands.map((command) => [command.name(), command.options.map(({ long }) => long!)]),
);
const allOptions = [...commands.values()].flat();

describe('README', () => {
  it('begins with the command that prints the table, then the one that runs the tests; both are npm scripts', () => {
    const [first, second] = codeBlocks(readme);
    expect(first).toBe('npm ci && npm run --silent prescale -- replay\n');
    expect(second).toBe('npm ci && npm test\n');
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['prescale', 'test', 'bench', 'build']));
  });
});

describe('every page', () => {
  it.each(pages)('$path names only commands and options that exist', ({ text }) => {
    const joined = text.replace(/\\\n\s*/g, '');
    for (const [line, name] of joined.matchAll(
      /^prescale ([a-z]+(?:-[a-z]+)*)[^\n]*|`prescale ([a-z]+(?:-[a-z]+)*)[^`\n]*`/gm,
    )) {
      const command = name ?? /prescale ([a-z]+(?:-[a-z]+)*)/.exec(line)![1]!;
      expect([...commands.keys()], line).toContain(command);
      for (const [option] of line.matchAll(/--[a-z][a-z-]+/g)) {
        expect([...commands.get(command)!, '--help'], line).toContain(option);
      }
    }
    for (const [, option] of joined.matchAll(/`(--[a-z][a-z-]+)/g)) expect(allOptions).toContain(option);
  });

  it.each(pages)('$path links to what is there', ({ path, text }) => {
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      expect(existsSync(join(dirname(path), target!)), target).toBe(true);
    }
  });

  it.each(pages)('$path shows price books that can be read', async ({ text }) => {
    const { parsePriceBook } = await import('../replay/cost/price-book-file.io.ts');
    for (const block of codeBlocks(text).filter((code) => code.startsWith('currency:'))) {
      expect(parsePriceBook(block, 'docs').currency).toMatch(/^[A-Z]{3}$/);
    }
  });
});

it('docs/replay.md names every option of replay', () => {
  const text = readFileSync('docs/replay.md', 'utf8');
  const own = commands.get('replay')!.filter((option) => !option.startsWith('--prometheus-'));
  for (const option of own) expect(text).toContain(option);
});
