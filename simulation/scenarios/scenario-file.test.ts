import { expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import { parseScenario } from './scenario-file.ts';

const RIGHT = `name: a ramp
duration: 1h30m
workloads:
  - name: web
    replicas: 5
    demand:
      level: 4.5
      changes:
        - {kind: ramp, at: 10m, for: 300, to: 12}
commands:
  - {at: 20m, do: kill, target: leader}
  - {at: 5m, do: metric-zero, for: 3m}
`;

it('a scenario is read with its defaults, durations in words or seconds, commands in the order of their times', () => {
  const scenario = parseScenario(RIGHT, 'a.yaml');
  expect(scenario).toMatchObject({ duration: 5_400, mode: 'one', history: 0 });
  expect(scenario.workloads[0]!.demand.changes).toEqual([{ kind: 'ramp', at: 600, for: 300, to: 12 }]);
  expect(scenario.commands.map(({ do: action, at }) => [action, at])).toEqual([
    ['metric-zero', 300],
    ['kill', 1_200],
  ]);
});

const wrong = (text: string) => {
  try {
    parseScenario(text, 'a.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  return undefined;
};

it('what is wrong is said in one line with file, line, place and what would be right', () => {
  expect(wrong(RIGHT.replace('do: kill', 'do: explode'))).toMatch(
    /^a\.yaml:11: commands\.0\.do: .*expected one of "kill"/,
  );
  expect(wrong(RIGHT.replace('level: 4.5', 'level: many'))).toMatch(
    /^a\.yaml:7: workloads\.0\.demand\.level: expected number/,
  );
  expect(wrong(RIGHT.replace('1h30m', 'soon'))).toBe('a.yaml:2: duration: expected seconds or a duration such as 12m');
  expect(wrong(RIGHT.replace('at: 20m', 'at: 2h'))).toBe(
    'a.yaml:11: commands.0.at: expected a time before the end, 5400 s',
  );
  expect(wrong(RIGHT.replace('replicas', 'pods'))).toMatch(/^a\.yaml:4: workloads\.0: .*pods/);
  expect(wrong('workloads: [')).toMatch(/^a\.yaml:1: /);
  expect(wrong('')).toMatch(/^a\.yaml:1: /);
});
