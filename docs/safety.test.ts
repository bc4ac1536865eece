import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Known elsewhere; of our own trial; the numbers between these are not used. */
const RANGES = [
  [1, 50],
  [56, 66],
] as const;

const rows = readFileSync('docs/safety.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| *\d+ *\|/.test(line))
  .map((line) => line.replace(/^\| *| *\|$/g, '').split(/ +\| +/))
  .map(([number = '', failure = '', source = '', promise = '', proof = '']) => ({
    number,
    failure,
    source,
    promise,
    proof,
    tests: [...proof.matchAll(/`([^`]+)`: “([^”]+)”/g)].map(([, file, title]) => ({ file: file!, title: title! })),
  }));

describe('the table of failures', () => {
  it('has all of them, in order, each with a promise and where it is known from', () => {
    const numbers = RANGES.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`),
    );
    expect(rows.map(({ number }) => number)).toEqual(numbers);
    for (const { number, failure, source, promise } of rows) {
      expect(failure.length * source.length * promise.length, `row ${number}`).toBeGreaterThan(0);
    }
  });

  it.each(rows)('$number, $failure: is proved by tests that exist', ({ proof, tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    // Nothing stands in the cell that is not a test.
    expect(tests.map(({ file, title }) => `\`${file}\`: “${title}”`).join('; ')).toBe(proof);
    for (const { file, title } of tests) {
      expect(existsSync(file), file).toBe(true);
      expect(titlesOf(file), file).toContainEqual(expect.stringContaining(title));
    }
  });
});

/** A line that names a test, a group of tests, or a case of a table. */
const NAMED =
  /^\s*(?:(?:it|test|describe|story)(?:\.\w+)*\(|(?:it|test|describe)\.each.*\)\(|\]\)\(|\[)?(['"`])(.+?)\1,/;

/** The regressions of the simulation are named after their files. */
const STORIES = 'simulation/regressions.test.ts';
const stories = readdirSync('simulation/regressions').map(
  (name) => `goes well: ${name.replace('.yaml', '').replaceAll('-', ' ')}`,
);

function titlesOf(file: string): string[] {
  if (file === STORIES) return stories;
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => NAMED.exec(line)?.[2] ?? []);
}
