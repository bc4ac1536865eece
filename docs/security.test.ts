import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

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
