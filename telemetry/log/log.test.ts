import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../kubernetes/api.ts';
import { type Log, type LogFields, type LogLevel, SILENT, sampledLog } from './log.ts';
import { pinoLog } from './pino-log.io.ts';
import { redact, redactText } from './redact.ts';

const NOON = Date.UTC(2026, 2, 2, 12) as number;

function written(form: 'json' | 'terminal', level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = pinoLog({ level, form, write: (line) => lines.push(line), nowMs: () => NOON });
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line)) };
}

describe('a line of JSON', () => {
  it('has time, level, message, the fields of its part, and its own', () => {
    const { log, parsed } = written('json');
    log.child({ part: 'engine' }).warn('no data', { workload: 'shop/Deployment/web', ticks: 3 });
    expect(parsed()).toEqual([
      {
        level: 'warn',
        time: '2026-03-02T12:00:00.000Z',
        part: 'engine',
        workload: 'shop/Deployment/web',
        ticks: 3,
        message: 'no data',
      },
    ]);
  });

  it('keeps an error with its causes', () => {
    const { log, parsed } = written('json');
    const error = new ApiError('HTTP 500', 500, 'InternalError', undefined, { cause: new Error('etcd is gone') });
    log.error('write failed', { error });
    expect(parsed()[0].error).toMatchObject({ message: 'HTTP 500', status: 500, cause: { message: 'etcd is gone' } });
  });

  it('is not written under the level', () => {
    const { log, lines } = written('json', 'warn');
    log.info('started');
    log.warn('careful');
    expect(lines).toHaveLength(1);
  });

  it('never holds two fields of one name', () => {
    const { log, lines } = written('json');
    log.info('started', { message: 'mine', level: 'mine' });
    expect(JSON.parse(lines[0]!)).toMatchObject({
      message: 'started',
      message_: 'mine',
      level: 'info',
      level_: 'mine',
    });
  });
});

describe('credentials', () => {
  it('are taken out by the name of their field, and out of texts and errors', () => {
    const { log, lines } = written('json');
    const error = new Error('GET https://ops:hunter2@prometheus.example refused: Bearer abcdef123456');
    log.error('asked with token=…', {
      error,
      headers: { Authorization: 'Basic b3BzOmh1bnRlcjI=' },
      access: { bearerToken: 'abcdef123456', password: 'hunter2', tokenSet: true },
      url: 'http://x/api?token=abcdef123456&q=1',
    });
    expect(lines[0]).not.toMatch(/hunter2|abcdef123456|b3BzOmh1bnRlcjI/);
    expect(lines[0]).toContain('"tokenSet":true');
    expect(lines[0]).toContain('q=1');
  });

  it('leave whatever stands around them as it was', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9 .,/-]{0,40}$/), (text) => {
        expect(redactText(text)).toBe(text);
        expect(redact({ workload: text, at: [1, null, true] })).toEqual({ workload: text, at: [1, null, true] });
      }),
    );
  });

  it('a value that contains itself does not hang the log', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(JSON.stringify(redact(loop))).toContain('[deeper]');
  });
});

it('a person at a terminal reads a line, and control characters do nothing', () => {
  const { log, lines } = written('terminal');
  log.warn('no data\u001b[2J', { workload: 'shop/Deployment/web', why: 'no series' });
  log.error('failed', { error: new Error('HTTP 500') });
  expect(lines[0]).toBe('12:00:00 WARN  no data [2J  workload=shop/Deployment/web  why="no series"\n');
  expect(lines[1]).toMatch(/^12:00:00 ERROR failed\n {9}Error: HTTP 500\n {9} /);
});

describe('repeated errors', () => {
  function recorder() {
    const said: [message: string, fields: LogFields | undefined][] = [];
    const log: Log = { ...SILENT, error: (message, fields) => said.push([message, fields]), child: () => log };
    return { log, said };
  }

  it('are said once a minute for each workload, then how many were left out', () => {
    const { log, said } = recorder();
    let seconds = 0;
    const sampled = sampledLog(log, () => seconds);
    for (; seconds < 75; seconds += 15) {
      for (const workload of ['a', 'b']) sampled.error('no data', { workload });
    }
    expect(said).toEqual([
      ['no data', { workload: 'a' }],
      ['no data', { workload: 'b' }],
      ['no data', { workload: 'a', suppressed: 3 }],
      ['no data', { workload: 'b', suppressed: 3 }],
    ]);
  });

  it('of a part with the workload in its own fields are told apart', () => {
    const { log, said } = recorder();
    const sampled = sampledLog(log, () => 0);
    for (const workload of ['a', 'b', 'a']) sampled.child({ workload }).error('no data');
    expect(said).toHaveLength(2);
  });
});
