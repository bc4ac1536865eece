import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import pc from 'picocolors';
import { afterAll, describe, expect, it } from 'vitest';
import { eventRecorder } from '../../actuator/events.ts';
import { compactStatus } from '../../addon/status/compact-status.ts';
import type { ShownWorkload, ShownWorkloads } from '../../cli/cluster/shown.ts';
import { findingLines } from '../../cli/commands/doctor/finding.ts';
import { explainText } from '../../cli/commands/explain/explain.ts';
import { jobLines } from '../../cli/commands/jobs/jobs.ts';
import { statusTable } from '../../cli/commands/status/status.ts';
import { writeData, writeNote, writeStyled } from '../../cli/terminal/output.ts';
import type { Baseline } from '../../core/workload-status.ts';
import { memoryKubernetes } from '../../kubernetes/fake/memory-api.ts';
import { markup } from '../../replay/report/page/markup.ts';
import { serveTelemetry } from '../../telemetry/http/http-server.io.ts';
import { pinoLog } from '../../telemetry/log/pino-log.io.ts';
import { answerOf, consoleOf } from '../console-source.ts';
import { EXAMPLE_SECONDS, exampleStatus } from '../example-status.ts';
import { prescale } from '../spawn-prescale.ts';

/** All that a terminal or a browser acts on instead of showing it, but for line breaks: what no edge may let out. */
const UNSEEN = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** An escape that clears the screen, a title, C1's own escape, a right-to-left override, isolates, separators, half a character. */
const SPICE = [
  ...['\u001b[2J', '\u001b]0;owned\u0007', '\u009b31m', '\r', '\b', '\u007f', '\u0000', '\u0085'],
  ...['\u202e', '\u202a', '\u2066', '\u2069', '\u200e', '\u200f', '\u061c', '\u2028', '\u2029', '\u200b', '\ufeff'],
  ...['\ud800', '\udfff', '\u{e0041}', '\u00ad', '\n'],
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...SPICE), fc.string({ unit: 'binary', maxLength: 3 }), fc.constant('web ')), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

/** A status of which an actor writes every text: the names too, as the server may be anybody. */
function hostileStatus(text: string) {
  const name = `${text}web`;
  return exampleStatus({
    ref: { apiVersion: name, kind: name, namespace: name, name },
    error: text,
    mode: name as never,
    target: name as never,
    conditions: ['Ready', 'Paused'].map((type) => ({
      type: type as 'Ready',
      status: type !== 'Ready',
      reason: name,
      message: text,
      sinceSeconds: 0,
    })),
  });
}

function headOf(text: string) {
  const name = { replica: text, acting: text };
  return { version: text, leader: false, nowSeconds: EXAMPLE_SECONDS, figuresSeconds: EXAMPLE_SECONDS, ...name };
}

function hostileBaseline(text: string): Baseline {
  const figures = { podHours: 1, servedShare: 1, starts: 1 };
  return {
    source: 'manifest',
    name: text,
    note: text,
    fromSeconds: 0,
    toSeconds: 3_600,
    hours: 1,
    own: figures,
    hpa: figures,
    savedShare: 0,
    madeSeconds: 0,
  };
}

function shownAll(text: string): ShownWorkloads {
  return { ...headOf(text), workloads: [{ ...hostileStatus(text), why: text, baseline: hostileBaseline(text) }] };
}

function shownOne(text: string): ShownWorkload {
  const minutes = [0, 60].map((seconds) => ({ atSeconds: EXAMPLE_SECONDS + seconds, load: 1, capacity: 2 }));
  return {
    ...headOf(text),
    status: hostileStatus(text),
    why: text,
    baseline: hostileBaseline(text),
    journal: {
      sinceSeconds: EXAMPLE_SECONDS - 60,

      entries: [
        {
          atSeconds: EXAMPLE_SECONDS,
          from: 1,
          to: 2,
          by: 'prescale',
          field: 'replicas',
          reason: text as never,
          why: text,
        },
      ],
    },
    journalProblem: null,
    chain: [{ label: text, value: text, note: text }] as never,
    decisions: [{ atSeconds: EXAMPLE_SECONDS, words: text }] as never,
    minutes: minutes as never,
  };
}

function taken(): { stream: Writable; text: () => string } {
  const chunks: Buffer[] = [];
  const write = (chunk: Buffer, _: unknown, done: () => void) => {
    chunks.push(chunk);
    done();
  };
  return { stream: new Writable({ write }), text: () => Buffer.concat(chunks).toString() };
}

async function whatAllEdgesSay(text: string): Promise<Record<string, readonly string[]>> {
  const lines: Record<string, string[]> = { json: [], terminal: [] };
  for (const form of ['json', 'terminal'] as const) {
    const log = pinoLog({ level: 'info', form, write: (line) => lines[form]!.push(line), nowMs: () => 0 });
    const error = new Error(text, { cause: new Error(text) });
    log.child({ [text]: text }).warn(text, { workload: text, [`${text}x`]: { [text]: [text] }, error });
  }
  const api = memoryKubernetes({ namespaces: ['shop'] });
  const recorder = eventRecorder({
    api,
    instance: text,
    monotonicNow: () => 0,
    wallNow: () => EXAMPLE_SECONDS,
    onError: () => {},
  });
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u1' };
  recorder.record(web, { type: 'Normal', reason: `Scaled${text}`, note: text, action: `Scale${text}` });
  await recorder.flush();
  const events = (await api.get<{ items: Record<string, unknown>[] }>('/api/v1/namespaces/shop/events')).items;
  const counts = { waiting: 0, running: 0, backingOff: 0, failed: 1, repeating: 0, oldestSeconds: 0 };
  const job = { id: text, state: 'failed', priority: 1, attempts: 5, sinceSeconds: 0, error: text } as never;
  const [data, note, styled] = [taken(), taken(), taken()];
  await writeData([text, `${text}\n`], data.stream);
  writeNote(text, note.stream);
  await writeStyled(pc.createColors(true).bold('a title\n'), styled.stream);
  return {
    'log, JSON': lines.json!,
    'log, terminal': lines.terminal!,
    Event: events.flatMap(({ message, reason, action, reportingInstance }) =>
      [message, reason, action, reportingInstance].map(String),
    ),
    'status ConfigMap': [compactStatus(hostileStatus(text))],
    'status table': statusTable(shownAll(text)),
    explain: explainText(shownOne(text)),
    doctor: findingLines([{ level: 'failed', what: text, fix: text }]),
    jobs: jobLines('failed', [job], counts as never),
    report: [markup`<td title="${text}">${text}</td>`.text],
    'standard output': [data.text()],
    'standard error': [note.text()],
  };
}

describe('whatever an actor writes, no edge lets out what a terminal acts on', () => {
  it('property: logs, Events, the status ConfigMap, tables, explain, doctor, jobs, the report and both streams', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        for (const [edge, said] of Object.entries(await whatAllEdgesSay(text))) {
          for (const line of said) expect(line, edge).not.toMatch(UNSEEN);
        }
      }),
      { numRuns: 1500, examples: SPICE.map((one) => [one]) },
    );
  });

  it('a row, an Event and a log line stay one line each', async () => {
    const text = 'a\nNAMESPACE\u2028b\r\nc';
    const said = await whatAllEdgesSay(text);
    for (const edge of ['Event', 'status ConfigMap', 'status table', 'doctor', 'jobs']) {
      for (const line of said[edge]!) expect(line, edge).not.toContain('\n');
    }
    for (const edge of ['log, JSON', 'standard error']) {
      for (const line of said[edge]!) expect(line.indexOf('\n'), edge).toBe(line.length - 1);
    }
  });

  it('the console answers JSON that says the same and can be read at a terminal, refusals too', async () => {
    const text = SPICE.filter((one) => !/\p{Cs}/u.test(one)).join('');
    const page = consoleOf([exampleStatus({ error: text })], { replica: text });
    const ask = async (path: string) => (await answerOf(page, path)).text();
    const body = await ask('/api/v1/fleet');
    expect(body).not.toMatch(UNSEEN);
    expect(JSON.parse(body)).toMatchObject({ replica: text, rows: [{ error: text }] });
    const odd = encodeURIComponent(`${text}\u202e`);
    for (const path of [`/api/v1/workloads/a/b/${odd}`, `/api/v1/fleet?mode=${odd}`, `/${odd}`]) {
      expect(await ask(path), path).not.toMatch(UNSEEN);
    }
  });

  it('probes can be read at a terminal', async () => {
    const text = SPICE.filter((one) => !/\p{Cs}/u.test(one)).join('');
    const view = {
      metricsContentType: 'text/plain',
      metrics: async () => '',
      unhealthy: () => [text],
      unready: () => [text],
    };
    const server = await serveTelemetry({ host: '127.0.0.1', port: 0 }, view);
    try {
      const ask = async (path: string) => (await fetch(`http://127.0.0.1:${server.port}${path}`)).text();
      for (const path of ['/readyz', '/healthz', `/${encodeURIComponent(`${text}\u202e`)}`]) {
        expect(await ask(path), path).not.toMatch(UNSEEN);
      }
    } finally {
      await server.close();
    }
  });
});

describe('our own styles', () => {
  it('come out where colours are wanted, and nothing that looks like another one', async () => {
    const { bold } = pc.createColors(true);
    const { stream, text } = taken();
    await writeStyled(`${bold('a title')}\u001b[8mhidden\u001b[2J\u202e\n`, stream);
    expect(text()).toBe(`${bold('a title')} [8mhidden [2J\ufffd\n`);
  });
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
const OWN_STYLE = /\u001b\[(?:[12]|22|3[1239])m/g;

describe('file names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prescale-names-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const NAME = 'load\u001b[2J\u009b1m\u202evsc.\u2066\u2028.csv';

  it.each(['inspect', 'forecast', 'replay'])('%s shows a file by its name, and nothing in it acts', async (command) => {
    const load = (minute: number) => Math.round(300 - 200 * Math.cos((2 * Math.PI * minute) / 1440));
    const rows = Array.from({ length: 3 * 1440 }, (_, i) => `${1_700_000_040 + i * 60},${load(i)}`);
    writeFileSync(join(folder, NAME), `timestamp,value\n${rows.join('\n')}\n`);
    const more =
      command === 'replay' ? ['--peak-pods', '5', '--history', '2d', '--policies', 'hpa', '--out', folder] : [];
    const answer = await prescale([command, join(folder, NAME), ...more], { env: { FORCE_COLOR: '1' } });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout).toContain('load [2J');
    expect(answer.stdout.replaceAll(OWN_STYLE, '')).not.toMatch(UNSEEN);
  });

  it.each([
    ['a trace', (name: string) => ['inspect', name]],
    ['a configuration', (name: string) => ['run', '--config', name]],
    ['a price book', (name: string) => ['replay', '--price', name]],
    ['an unknown option', (name: string) => ['replay', `--${name}`]],
    ['an unknown command', (name: string) => [name]],
    ['a workload', (name: string) => ['explain', `a/b/c/${name}`]],
  ])('an error about %s is one line without them', async (_, args) => {
    const { code, stderr } = await prescale(args(`nowhere\u009b2J\u202e\u2028${NAME}`));
    expect(code).toBe(2);
    expect(stderr).toContain('nowhere');
    expect(stderr).not.toMatch(UNSEEN);
  });
});

it('an error that nobody caught ends the process with its stack, and nothing in it acts', async () => {
  const thrower = 'setTimeout(() => { throw new Error("owned\\u001b[2J\\u202e\\u2028\\u009b1m"); }, 300)';
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(thrower)}` };
  const { code, stderr } = await prescale(['jobs', '--redis', 'redis://192.0.2.1:6379'], { env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Error: owned \[2J\ufffd 1m\n {4}at /m);
  expect(stderr).not.toMatch(UNSEEN);
});

it('nobody but the writers of cli/terminal writes to standard output or standard error', () => {
  const rooms = ['core', 'files', 'models', 'kubernetes', 'collector', 'forecaster', 'actuator', 'replay', 'telemetry'];
  const files = [...rooms, 'addon', 'console', 'migration', 'network', 'redis', 'storage', 'cli'].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)),
  );
  const code = files.filter((name) => /(?<!\.test|\.contract)\.ts$/.test(name));
  const writes = /\bstd(?:out|err)\.write\b|\bconsole\.(?:log|info|warn|error|debug)\(/;
  const own = ['output.ts', 'progress.ts', 'screen.ts'].map((name) => join('cli', 'terminal', name));
  const others = code.filter((name) => !own.includes(name) && writes.test(readFileSync(name, 'utf8')));
  expect(code.length).toBeGreaterThan(200);
  expect(others).toEqual([]);
});
