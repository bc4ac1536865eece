import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeptRefits } from './processes/refits.ts';
import { parseScenario } from './scenarios/scenario-file.ts';
import { simulate } from './simulate.ts';

const FOLDER = 'simulation/regressions';
/** Not mended, and not played here. */
const OPEN = 'simulation/open';

/** Stories that went wrong once. What one may still violate, as it is not mended yet, it names itself (`tolerated`). */
describe('a story that went wrong once', () => {
  const refits = new KeptRefits();
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))) {
    it(`goes well: ${file.replace('.yaml', '').replaceAll('-', ' ')}`, async () => {
      const path = join(FOLDER, file);
      const scenario = parseScenario(readFileSync(path, 'utf8'), path);
      const { violations } = await simulate(scenario, { refits });
      expect(violations.filter(({ invariant }) => !scenario.tolerated.includes(invariant))).toEqual([]);
    });
  }
});

it.each(readdirSync(OPEN))(
  'an open story can be played, and says what goes wrong and which invariant it violates: %s',
  (name) => {
    const path = join(OPEN, name);
    const scenario = parseScenario(readFileSync(path, 'utf8'), path);
    expect(scenario.name).not.toBe('');
    expect(scenario.tolerated).toHaveLength(1);
  },
);
