import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync('docs/security.md', 'utf8').replace(/\s+/g, ' ');
const tried = readFileSync('test/redis/rights.test.ts', 'utf8');

/** A text that the test of the rights is made with. */
function triedAs(name: string): string {
  return new RegExp(`^const ${name} =\\s+'(.+)';$`, 'm').exec(tried)![1]!;
}

it('the rights of a user of Redis are those that test/redis/rights.test.ts tries on real servers', () => {
  expect(page).toContain(`user prescale on >password ${triedAs('ACL_RIGHTS')} \`\`\``);
  expect(page).toContain(`\`${triedAs('CLUSTER_RIGHTS')}\``);
});

it("and those of the bundled one are the chart's", () => {
  const start = readFileSync('helm/templates/_redis.tpl', 'utf8');
  const refused = [...page.matchAll(/`(-@admin -@dangerous)`/g)].map(([, rights]) => rights!);
  expect(refused).toHaveLength(1);
  expect(start).toMatch(new RegExp(`user default on .*\\+@all ${refused[0]} `));
});

/** Rows of the tables of threats: what is tried, what holds, and the tests that try it. */
const threats = readFileSync('docs/security.md', 'utf8')
  .split('## Threats')[1]!
  .split('## Network')[0]!
  .split('\n')
  .filter((line) => /^\| to /.test(line))
  .map((line) => line.replace(/^\| *| *\|$/g, '').split(/ +\| +/))
  .map(([tries = '', , proof = '']) => ({ tries, proof }));

describe('the threats', () => {
  it('are there, of every actor', () => expect(threats.length).toBeGreaterThan(20));

  it.each(threats)('$tries: is held by tests that exist', ({ proof }) => {
    const tests = [...proof.matchAll(/`([^`]+)`: “([^”]+)”/g)].map(([, file, title]) => ({
      file: file!,
      title: title!,
    }));
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.map(({ file, title }) => `\`${file}\`: “${title}”`).join('; ')).toBe(proof);
    for (const { file, title } of tests) {
      expect(existsSync(file), file).toBe(true);
      expect(readFileSync(file, 'utf8').replaceAll("\\'", "'"), file).toContain(title);
    }
  });
});
