import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../replay/report/terminal/terminal-width.ts';
import { exampleStatus } from '../../test/example-status.ts';
import { MAIN } from '../../test/spawn-prescale.ts';
import { explainText } from '../commands/explain/explain.ts';
import { statusTable } from '../commands/status/status.ts';
import { buildProgram } from '../program.ts';
import { fitLines, fitText } from './fit-lines.ts';
import { columnsOf } from './terminal-columns.ts';

const OLDER = { replica: '', acting: null, figuresSeconds: 0 };
const UNKNOWN_BASELINE = { why: 'nothing is kept of what ran', madeSeconds: null };

import { tableRows, textTable } from './text-table.ts';

const widest = (lines: readonly string[]) => Math.max(...lines.map(displayWidth));

describe('lines on a narrow terminal', () => {
  it('go on under themselves; a term and its text stand one over the other', () => {
    expect(fitLines(['  -o, --output <form>   standard output (choices: "table", "json")'], 40)).toEqual([
      '  -o, --output <form>',
      '      standard output (choices: "table",',
      '      "json")',
    ]);
  });

  it('keep a command one that can be copied', () => {
    const line = '  $ prescale replay load.csv --peak-pods 20 --startup p50=90s,p90=180s   slow pods';
    expect(fitLines([line], 40)).toEqual([
      '  $ prescale replay load.csv \\',
      '      --peak-pods 20 --startup \\',
      '      p50=90s,p90=180s',
      '      slow pods',
    ]);
  });

  it('keep a style that is around the whole line, and nothing is lost', () => {
    expect(fitLines(['\u001b[1mone two three\u001b[22m'], 8)).toEqual([
      '\u001b[1mone two\u001b[22m',
      '\u001b[1mthree\u001b[22m',
    ]);
    const word = fc.stringMatching(/^[a-z]{1,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 0, max: 8 }), (words, indent) => {
        const lines = fitLines([`${' '.repeat(indent)}${words.join(' ')}`], 40);
        expect(widest(lines)).toBeLessThanOrEqual(40);
        expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(words);
      }),
    );
  });

  it('are as wide as the terminal, an exported COLUMNS, or without limit', () => {
    expect(columnsOf({ isTTY: true, columns: 132 }, { COLUMNS: '60' })).toBe(132);
    expect(columnsOf({}, { COLUMNS: '60' })).toBe(60);
    expect(columnsOf({ isTTY: true, columns: 20 }, {})).toBe(40);
    expect(columnsOf({ isTTY: true }, {})).toBeUndefined();
    expect(columnsOf({}, { COLUMNS: 'wide' })).toBeUndefined();
  });
});

describe('at 40 columns', () => {
  const shown = {
    ...OLDER,
    version: '0.1.0',
    leader: true,
    nowSeconds: 1_772_442_160,
    journal: null,
    journalProblem: null,
    baseline: UNKNOWN_BASELINE,
  };

  it('the help of every command', () => {
    const program = buildProgram().configureOutput({ getOutHelpWidth: () => Number.MAX_SAFE_INTEGER });
    const visit = (command: Command) => {
      let text = '';
      command.configureOutput({
        writeOut: (part) => {
          text += part;
        },
      });
      command.outputHelp();
      expect(widest(fitText(text, 40).split('\n')), command.name()).toBeLessThanOrEqual(40);
      for (const one of command.commands) visit(one);
    };
    visit(program);
  });

  it('the table of status: a card for each workload', () => {
    const status = { ...exampleStatus(), why: 'the forecast of the next two minutes asks for them' };
    const lines = statusTable({ ...shown, workloads: [{ ...status, baseline: UNKNOWN_BASELINE }] }, undefined, 40);
    expect(widest(lines)).toBeLessThanOrEqual(40);
    expect(lines).toContain(`NAMESPACE  ${status.ref.namespace}`);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain('WHY the forecast of the next two minutes asks for them');
  });

  it('what explain says', () => {
    const status = exampleStatus();
    const minutes = [0, 1].map((i) => ({ atSeconds: shown.nowSeconds + 60 * i, load: 800, capacity: 1000 }));
    const chain = [
      { label: 'Load one lead time ahead', value: '930 req/s', note: 'with its margin of 2.1 expected errors' },
    ];
    const lines = explainText({ ...shown, status, why: 'x', chain, decisions: [], minutes } as never, 40);
    expect(widest(fitLines(lines, 40))).toBeLessThanOrEqual(40);
  });

  it('a table whose last column has room goes on in it; one of figures alone becomes cards', () => {
    expect(
      textTable(
        [
          ['A', 'WHY'],
          ['web', 'one two three four five six seven'],
        ],
        [],
        30,
      ),
    ).toEqual(['A     WHY', 'web   one two three four five', '      six seven']);
    expect(
      tableRows(
        [
          ['NAME', 'COST'],
          ['a-name-of-thirty-characters-oh', '1234567890'],
        ],
        { figures: [1], columns: 40 },
      ),
    ).toEqual([[], ['NAME  a-name-of-thirty-characters-oh', 'COST  1234567890', '']]);
  });
});

it('a dumb terminal gets neither colours nor a line that is written over', () => {
  const env = { ...process.env, TERM: 'dumb', NO_COLOR: '', FORCE_COLOR: '' };
  // util-linux' script gives the command a terminal.
  const args = ['-qec', `${process.execPath} ${MAIN} inspect`, '/dev/null'];
  const { status, stdout } = spawnSync('script', args, { env, encoding: 'utf8' });
  if (status === null) return;
  expect(stdout).toContain('embedded example');
  expect(stdout).not.toContain('\u001b');
});
