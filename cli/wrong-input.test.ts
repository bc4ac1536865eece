import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalCsv } from '../collector/trace/csv/canonical-csv.ts';
import { exampleTrace } from '../replay/example.ts';
import { prescale } from '../test/warm-prescale.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-wrong-'));
const out = join(folder, 'report');
const good = join(folder, 'good.csv');
beforeAll(() => writeFileSync(good, [...canonicalCsv(exampleTrace())].join('')));
afterAll(() => rmSync(folder, { recursive: true }));

/** A malformed trace in a file of its own. */
function traceFile(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** Rows from a Monday on. */
function rows(count: number, step: number, value: (i: number) => number): string {
  return Array.from({ length: count }, (_, i) => `${1_714_953_600 + i * step},${value(i)}\n`).join('');
}
const counterFile = () => traceFile('counter.csv', `timestamp,value\n${rows(12_000, 60, (i) => 7 * i)}`);

const PODS = ['--pod-capacity', '45'];
const WRONG_INPUT: [name: string, args: () => string[], sentence: RegExp][] = [
  ['no command', () => [], /^Usage: prescale/],
  ['an unknown command', () => ['autoscale'], /^error: unknown command 'autoscale'/],
  ['an unknown option', () => ['replay', '--speed', '9'], /^error: unknown option '--speed'/],
  [
    'an option without its value',
    () => ['replay', '--out', out, '--seed'],
    /^error: option '--seed <n>' argument missing/,
  ],
  // Several traces are read since there are many replays at once; a pipe is one.
  [
    'a pipe among several traces',
    () => ['replay', good, '-', ...PODS],
    /^prescale: "-" is one trace from a pipe; expected it alone, or files and folders$/,
  ],
  ['two traces to inspect', () => ['inspect', good, good], /^error: too many arguments/],
  [
    'several traces without a pod size',
    () => ['replay', good, 'b.csv'],
    /^prescale: --pod-capacity <units> is missing/,
  ],
  ['a trace without a pod size', () => ['replay', good], /^prescale: --pod-capacity <units> is missing/],
  [
    'a network that is none',
    () => ['replay', good, ...PODS, '--network', traceFile('foreign.psn', 'timestamp,value and more than forty bytes')],
    /^prescale: --network: foreign\.psn: not a network of ours: it does not begin with "PSN"/,
  ],
  [
    'a network that is not there',
    () => ['replay', good, ...PODS, '--network', 'nowhere.psn'],
    /^prescale: --network: nowhere\.psn: there is no such file; expected shipped, off, or the file/,
  ],
  [
    'no network at all',
    () => ['replay', good, ...PODS, '--network', 'big'],
    /^prescale: --network: found "big"; expected/,
  ],
  [
    'both pod sizes',
    () => ['replay', good, ...PODS, '--peak-pods', '9'],
    /^prescale: --pod-capacity conflicts with --peak-pods/,
  ],
  [
    'a pod that is far too small for the trace',
    () => ['replay', good, '--pod-capacity', '1e-9'],
    /^prescale: --pod-capacity: found 1\.00e-9, of which the peak of \d+ needs \S+ pods; expected at most 10000 /,
  ],
  [
    'a bad history',
    () => ['replay', '--history', 'a week'],
    /^prescale: --history: found "a week"; expected a duration above zero/,
  ],
  ['a bad start-up', () => ['replay', '--startup', 'fast'], /^prescale: --startup: found "fast"; expected eci/],
  [
    'a price book that is neither a name nor a file',
    () => ['replay', '--price', 'eks-fargat'],
    /^prescale: --price: found "eks-fargat"; expected eci, eks-fargate, .* did you mean eks-fargate\?$/,
  ],
  [
    'a price book that is not there',
    () => ['replay', '--price', 'none.yaml'],
    /^prescale: none\.yaml: there is no such file; expected a price book$/,
  ],
  [
    'an HPA of an older API',
    () => ['replay', '--hpa', traceFile('hpa-v1.yaml', 'apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\n')],
    /^prescale: hpa-v1\.yaml:1: apiVersion: found autoscaling\/v1; expected autoscaling\/v2 /,
  ],
  [
    'an HPA that is not there',
    () => ['replay', '--hpa', 'none.yaml'],
    /^prescale: none\.yaml: there is no such file; expected a HorizontalPodAutoscaler of autoscaling\/v2$/,
  ],
  ['min above max', () => ['replay', '--min', '9', '--max', '8'], /^prescale: --min: found 9, above --max 8/],
  [
    'a trace that is not there',
    () => ['replay', 'none.csv', ...PODS],
    /^prescale: none\.csv: there is no such file; expected a file with a trace$/,
  ],
  ['a folder', () => ['inspect', folder], /it is a folder; expected a file with a trace$/],
  [
    'an empty trace',
    () => ['inspect', traceFile('empty.csv', '')],
    /^prescale: empty\.csv:1: found an empty file; expected the header/,
  ],
  [
    'a bad header',
    () => ['forecast', traceFile('head.csv', 'a,b\n')],
    /^prescale: head\.csv:1: found the columns "a", "b", of which none is of times; expected one, or --time-column <name>$/,
  ],
  [
    'a negative value',
    () => ['replay', traceFile('neg.csv', 'timestamp,value\n60,1\n120,-1\n'), ...PODS],
    /^prescale: neg\.csv:3: found value "-1", which is no load; expected/,
  ],
  [
    'too short a trace',
    () => ['replay', traceFile('short.csv', 'timestamp,value\n0,1\n60,1\n'), ...PODS],
    /^prescale: short\.csv:3: found the last of 2 rows only 60 s after the first; expected the history of 7 days/,
  ],
  [
    'too little to forecast',
    () => ['forecast', traceFile('short2.csv', 'timestamp,value\n0,1\n60,1\n')],
    /^prescale: short2\.csv:3: found 60 s of data; expected at least an hour$/,
  ],
  [
    'hardly a row to forecast from',
    () => ['forecast', traceFile('sparse.csv', 'timestamp,value\n0,1\n60,1\n600000000,1\n')],
    /^prescale: sparse\.csv:4: found data in 1 of its minutes; expected at least 30$/,
  ],
  [
    'more history than there is',
    () => ['forecast', good, '--history', '30d'],
    /^prescale: --history: found 30 days; expected at most the 14 days/,
  ],
  ['a chart in JSON', () => ['forecast', good, '--chart', '-o', 'json'], /^prescale: --chart draws for people/],
  [
    'a comparison and a chart',
    () => ['forecast', good, '--compare', '--chart'],
    /^prescale: --compare conflicts with --chart: it prints a table of the models instead of the forecast$/,
  ],
  [
    'a counter',
    () => ['replay', counterFile(), ...PODS],
    /^prescale: counter\.csv:12001: found a counter \(11,999 rises, 0 falls\); expected a load: take --counter to replay/,
  ],
  ['a forecast of a counter', () => ['forecast', counterFile()], /^prescale: counter\.csv:12001: found a counter/],
  [
    'a load that is said to be a counter',
    () => ['inspect', good, '--counter'],
    /^prescale: .*good\.csv:\d+: --counter: found a series that falls in \d+ % of its moves; expected a counter/,
  ],
  [
    'a zone that there is not',
    () => ['inspect', good, '--timezone', 'Mars/X'],
    /^prescale: --timezone: found "Mars\/X"; expected \+02:00 or an IANA time zone such as/,
  ],
  [
    'a form of dates that is none',
    () => ['forecast', good, '--date-format', 'soon'],
    /^prescale: --date-format: found "soon"; expected dmy/,
  ],
  [
    'a format that there is not',
    () => ['inspect', good, '--format-in', 'xlsx'],
    /^prescale: --format-in: found "xlsx"; expected one of csv, /,
  ],
  [
    'one series, and all of them',
    () => ['inspect', good, '--series', 'a', '--sum'],
    /^prescale: --series conflicts with --sum/,
  ],
  [
    'how to read a file that is not read',
    () => ['inspect', '--decimal', 'comma'],
    /^prescale: --decimal needs a trace file/,
  ],
  [
    'several series in a file',
    () => ['replay', traceFile('wide.csv', 'time,a,b\n1714521600,1,2\n1714521660,1,2\n'), ...PODS],
    /^prescale: wide\.csv:1: found 2 columns of numbers \("a", "b"\); expected one: --value-column <name> picks it, --sum/,
  ],
  ['both kinds', () => ['replay', '--counter', '--gauge'], /^prescale: --counter conflicts with --gauge/],
  [
    'a row a day',
    () => ['replay', traceFile('daily.csv', `timestamp,value\n${rows(60, 86_400, (i) => 5 + (i % 7))}`), ...PODS],
    /^prescale: daily\.csv:61: found a row every 24 h; a replay needs a row an hour at least, better one a minute: pods start and stop in minutes/,
  ],
  [
    'an inspection of Prometheus and a file',
    () => ['inspect', good, '--prometheus', 'http://x', '--query', 'up', '--start', '9d'],
    /^prescale: --prometheus conflicts with a trace file/,
  ],
  ['an inspection with a stray step', () => ['inspect', good, '--step', '60s'], /^prescale: --step needs --prometheus/],
  ['an empty pipe', () => ['inspect', '-'], /^prescale: stdin:1: found an empty file/],
  ['a stray query', () => ['replay', '--query', 'up'], /^prescale: --query needs --prometheus <url>$/],
  [
    'Prometheus without a query',
    () => ['replay', '--prometheus', 'http://x', ...PODS],
    /^prescale: --prometheus needs --query/,
  ],
  [
    'Prometheus without a start',
    () => ['replay', '--prometheus', 'http://x', '--query', 'up', ...PODS],
    /^prescale: --prometheus needs --start/,
  ],
  [
    'Prometheus and a file',
    () => ['replay', good, '--prometheus', 'http://x', '--query', 'up', '--start', '9d', ...PODS],
    /^prescale: --prometheus conflicts with a trace file/,
  ],
  [
    'a start after the end',
    () => [
      'replay',
      '--prometheus',
      'http://x',
      '--query',
      'up',
      '--start',
      '2024-05-02T00:00:00Z',
      '--end',
      '2024-05-01T00:00:00Z',
      ...PODS,
    ],
    /^prescale: --start: found "2024-05-02T00:00:00Z"; expected an instant before --end/,
  ],
  [
    'a token that is not set',
    () => [
      'replay',
      '--prometheus',
      'http://x',
      '--query',
      'up',
      '--start',
      '9d',
      '--prometheus-token-env',
      'PRESCALE_NO_SUCH',
      ...PODS,
    ],
    /^prescale: --prometheus-token-env: the environment variable PRESCALE_NO_SUCH is not set$/,
  ],
  [
    'a file in the place of --out',
    () => ['replay', '--out', good],
    /^prescale: --out: .*good\.csv is a file; expected a folder$/,
  ],
];

describe('wrong input: exit code 2, one sentence, nothing written', () => {
  for (const [name, args, sentence] of WRONG_INPUT) {
    it.concurrent(name, async () => {
      const report = ['replay'].includes(args()[0] ?? '') && !args().includes('--out') ? ['--out', out] : [];
      const { code, stdout, stderr } = await prescale([...args(), ...report], { cwd: folder });
      expect(stderr.trimEnd()).toMatch(sentence);
      if (stderr.startsWith('prescale:')) expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(existsSync(out)).toBe(false);
    });
  }
});
