import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrace } from '../collector/trace/read-trace.io.ts';
import { InputError } from '../core/errors.ts';
import { openInputStream, readInputFile } from './input-file.io.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-input-'));
const at = (name: string) => join(folder, name);
const socket = createServer();
const MOST = 1000;
const file = (path: string) => ({ path, expected: 'a list', mostBytes: MOST });

function whatItSays(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message.replaceAll(folder, '');
  }
  return 'read';
}

beforeAll(async () => {
  execFileSync('mkfifo', [at('pipe'), at('fed'), at('silent'), at('drip')]);
  mkdirSync(at('folder'));
  symlinkSync(at('loop'), at('loop'));
  symlinkSync(at('there'), at('linked'));
  symlinkSync(at('nowhere'), at('dangling'));
  symlinkSync('/dev/zero', at('zero'));
  writeFileSync(at('there'), 'x'.repeat(MOST));
  writeFileSync(at('larger'), 'x'.repeat(MOST + 1));
  writeFileSync(at('sparse'), '');
  truncateSync(at('sparse'), 2 ** 40);
  await new Promise<void>((resolve) => socket.listen(at('socket'), resolve));
});
afterAll(async () => {
  await new Promise((resolve) => socket.close(resolve));
  rmSync(folder, { recursive: true });
});

const REFUSED: readonly [name: string, path: string, words: string][] = [
  ['nothing', at('none'), '/none: there is no such file; expected a list'],
  ['a link to nothing', at('dangling'), '/dangling: there is no such file; expected a list'],
  ['a file as a folder', `${at('there')}/x`, '/there/x: there is no such file; expected a list'],
  ['a link to itself', at('loop'), '/loop: its links lead in a circle; expected a list'],
  ['a folder', at('folder'), '/folder: it is a folder; expected a list'],
  ['a socket', at('socket'), '/socket: it is a socket; expected a list in a regular file'],
  ['a device', at('zero'), '/zero: it is a device; expected a list in a regular file'],
  ['a FIFO', at('pipe'), '/pipe: it is a pipe; expected a list in a regular file'],
  ['a byte too many', at('larger'), '/larger: found 1,001 bytes; expected a list, of at most 1,000 bytes'],
  ['a terabyte', at('sparse'), '/sparse: found 1,099,511,627,776 bytes; expected a list, of at most 1,000 bytes'],
  // It says that it has none.
  [
    'a file of the system',
    '/proc/kallsyms',
    '/proc/kallsyms: found more than 1,000 bytes; expected a list, of at most 1,000 bytes',
  ],
  ['no path', 'a\0b', 'a\0b: it is no path; expected a list'],
];

describe('a file that is named', () => {
  it.each(REFUSED)('is refused where it is %s', (_, path, words) => {
    expect(whatItSays(() => readInputFile(file(path)))).toBe(words);
  });

  it('is read where it is a regular one, also through a link, up to its last byte', () => {
    expect(readInputFile(file(at('there'))).length).toBe(MOST);
    expect(readInputFile(file(at('linked'))).length).toBe(MOST);
  });

  it.skipIf(process.getuid?.() === 0)('is refused where it may not be read', () => {
    writeFileSync(at('secret'), 'x');
    chmodSync(at('secret'), 0);
    expect(whatItSays(() => readInputFile(file(at('secret'))))).toBe('/secret: it may not be read; expected a list');
  });

  it('begins its message as it is asked to', () => {
    const named = { ...file(at('none')), name: '--list' };
    expect(whatItSays(() => readInputFile(named))).toBe('--list: there is no such file; expected a list');
  });

  it('leaves nothing open, however often it is refused', () => {
    const count = () => Number(execFileSync('sh', ['-c', `ls /proc/${process.pid}/fd | wc -l`]));
    const before = count();
    for (let i = 0; i < 200; i++) for (const [, path] of REFUSED) whatItSays(() => readInputFile(file(path)));
    expect(count()).toBeLessThan(before + 10);
  });
});

describe('a stream', () => {
  it.each(REFUSED.filter(([name]) => !['a FIFO', 'a file of the system'].includes(name)))(
    'is refused where it is %s',
    (_, path, words) => {
      const expected = words.replace('in a regular file', 'in a regular file or a pipe');
      expect(whatItSays(() => openInputStream(file(path)))).toBe(expected);
    },
  );

  it('a trace comes through a FIFO', async () => {
    const reading = readTrace(at('fed'));
    const writer = await open(at('fed'), 'w');
    await writer.write('timestamp,value\n60,1\n');
    await writer.write('120,2\n');
    await writer.close();
    expect((await reading).samples.values).toEqual(Float64Array.of(1, 2));
  });

  it('one that nobody writes to is given up', async () => {
    const input = { name: 'silent', open: () => openInputStream(file(at('silent'))), silentSeconds: 0.2 };
    await expect(readTrace(input)).rejects.toThrow(
      new InputError('silent: nothing came for 0.2 s; expected a file with a trace, or a pipe that ends'),
    );
  });

  it('one that falls silent is given up', async () => {
    const input = { name: 'drip', open: () => openInputStream(file(at('drip'))), silentSeconds: 0.5 };
    const reading = expect(readTrace(input)).rejects.toThrow('drip: nothing came for 0.5 s');
    const writer = await open(at('drip'), 'w');
    await writer.write('timestamp,value\n60,');
    await reading;
    await writer.close();
  });

  it('one that never ends is given up after its bytes, whatever they are', async () => {
    const endless = () => openInputStream({ ...file('/proc/kallsyms'), mostBytes: 1e9 });
    await expect(readTrace({ name: 'endless', open: endless, mostBytes: 5000 })).rejects.toThrow(InputError);
    const { Readable } = await import('node:stream');
    const lines = function* () {
      for (;;) yield Buffer.alloc(65_536, '\n');
    };
    await expect(readTrace({ name: 'lines', open: () => Readable.from(lines()), mostBytes: 1e6 })).rejects.toThrow(
      'lines: found more than 1,000,000 bytes; expected a file with a trace, of at most 1,000,000 bytes',
    );
  });
});
