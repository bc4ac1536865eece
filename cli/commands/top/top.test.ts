import { spawn, spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { WorkloadStatus } from '../../../core/workload-status.ts';
import { displayWidth } from '../../../replay/report/terminal/terminal-width.ts';
import { answerOf, consoleOf } from '../../../test/console-source.ts';
import { exampleMetric, exampleStatus } from '../../../test/example-status.ts';
import { prescale } from '../../../test/warm-prescale.ts';
import { askFleet } from '../../cluster/shown.ts';
import { SORTS, TopView, topTable } from './top-view.ts';

const notReady = { type: 'Ready', status: false, reason: 'NoMetric', message: 'no data', sinceSeconds: 0 } as const;
const row = (name: string, changes: Partial<WorkloadStatus> = {}) =>
  exampleStatus({ ref: { ...exampleStatus().ref, name }, ...changes });
/** 800 of 6 × 110 req/s. */
const web = row('web');
const idle = row('idle', { metrics: [exampleMetric({ load: 66, wape: 0.4 })] });
const large = row('large', {
  replicas: { ...web.replicas, current: 60, ready: 60 },
  metrics: [exampleMetric({ load: 660 })],
});
const blind = row('blind', {
  conditions: [notReady],
  metrics: [exampleMetric({ load: undefined, missing: 'no data', wape: undefined })],
});
const console = consoleOf([idle, web, large, blind]);
const ask = async (path: string) => (await answerOf(console, path)).json();
const shown = await askFleet(ask);
const order = (sort: (typeof SORTS)[number]) =>
  topTable(shown, sort)
    .slice(1)
    .map((line) => /\/([a-z]+) /.exec(line)![1]);

describe('the table of top', () => {
  it('is sorted by attention, use, pods, error or name; what is not known comes last', () => {
    expect(order('attention')).toEqual(['blind', 'web', 'idle', 'large']);
    expect(order('used')).toEqual(['web', 'idle', 'large', 'blind']);
    expect(order('pods')[0]).toBe('large');
    expect(order('error')).toEqual(['idle', 'large', 'web', 'blind']);
    expect(order('name')).toEqual(['blind', 'idle', 'large', 'web']);
  });

  it('has the next change, with the time at which it comes', () => {
    const rows = shown.rows.map((row) => ({ ...row, next: { atSeconds: 1_772_461_200, replicas: 12 } }));
    expect(topTable({ rows }, 'name')[1]).toMatch(/ 6\/6 +9 +12 at 14:20 UTC +3-40 /);
  });

  it('has no number where there is none', () => {
    const line = topTable(shown, 'name')[1]!;
    expect(line).toMatch(
      /^shop\/Deployment\/blind +auto +not-ready +6\/6 +9 +– +3-40 +– +– +– +40 % +21 s +– +no data$/,
    );
    expect(topTable(shown, 'used')[1]).toMatch(/ ok .* 800 req\/s +120 % +4 % +40 % +21 s/);
  });
});

describe('the picture of top', () => {
  const view = () => new TopView('attention');

  it('counts what needs attention, and is no wider and no higher than the terminal', () => {
    const lines = view().lines(shown, undefined, 8, 60);
    expect(lines[0]).toBe('4 workloads · 1 need attention · 78 of 78 pods Ready · figu…');
    expect(lines).toHaveLength(8);
    expect(lines.at(-2)).toBe('… 1 more');
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(60);
  });

  it('keys: sort by the next or a named column, scroll no further than there is, quit', () => {
    const one = view();
    expect(one.press('s')).toBe(false);
    expect(one.sort).toBe('used');
    one.press('n');
    expect(one.sort).toBe('name');
    for (let i = 0; i < 9; i++) one.press('j');
    expect(one.lines(shown, undefined, 8, 200).at(-3)).toContain('shop/Deployment/web');
    one.press('k');
    expect(one.lines(shown, undefined, 8, 200)[3]).toContain('shop/Deployment/blind');
    expect([one.press('q'), one.press('\u0003')]).toEqual([true, true]);
  });

  it('keeps the last known when nobody answers, and says so', () => {
    expect(view().lines(shown, 'refuses connections', 20, 200)[0]).toMatch(
      /^NOT RENEWED: refuses connections · 4 workloads/,
    );
  });

  it('shows hostile names as text', () => {
    const hostile = { ...shown, rows: [{ ...shown.rows[0]!, key: 'a\u001b[2J\nb' }] };
    expect(view().lines(hostile, '\u001b[31m', 20, 200).join('')).not.toMatch(/\p{Cc}/u);
  });
});

describe('prescale top', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer(async (request, response) => response.end(JSON.stringify(await ask(request.url!))));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('without a terminal is the table, once', async () => {
    const { code, stdout, stderr } = await prescale(['top', '--url', url, '--sort', 'name']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^WORKLOAD +MODE +.*\nshop\/Deployment\/blind .*\n.*idle.*\n.*large.*\n.*web.*\n$/);
  });

  it('refuses a column that there is none of', async () => {
    const { code, stderr } = await prescale(['top', '--sort', 'cpu']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `prescale: --sort: found "cpu"; expected ${SORTS.slice(0, -1).join(', ')} or ${SORTS.at(-1)}\n`,
    });
  });

  const hasScript = spawnSync('script', ['--version']).status === 0;
  it.skipIf(!hasScript)('at a terminal is a screen of its own, which q gives back', async () => {
    const child = spawn('script', ['-qec', `node dist/cli/main.js top --url ${url}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm', COLUMNS: '120' },
    });
    onTestFinished(() => void child.kill());
    let output = '';
    // Each once: a picture may come in several pieces.
    const answers = [
      ['sort: attention', 'n'],
      ['sort: name', 'q'],
    ] as const;
    let answered = 0;
    child.stdout.on('data', (piece) => {
      output += piece;
      const next = answers[answered];
      if (next === undefined || !output.includes(next[0])) return;
      answered++;
      child.stdin.write(next[1]);
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(0);
    expect(output).toContain('\u001b[?1049h');
    expect(output.indexOf('\u001b[?1049l')).toBeGreaterThan(output.indexOf('sort: name'));
  });
});
