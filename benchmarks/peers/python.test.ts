import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peerPython, pythonFolder } from './python.ts';

const folder = mkdtempSync(join(tmpdir(), 'prescale-peers-python-'));
const cache = join(folder, 'cache');
const bare = join(folder, 'python-without-venv');
beforeAll(() => {
  // As Debian's python3 without python3-venv: it runs, and `-m venv` fails.
  writeFileSync(
    bare,
    '#!/bin/sh\n[ "$1" = -c ] && echo 3.11 && exit 0\necho "No module named ensurepip" >&2\nexit 1\n',
  );
  chmodSync(bare, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

const say = () => undefined;

describe('the Python of the peers', () => {
  it('says what to install where there is no Python', async () => {
    const words = await peerPython({ PYTHON: join(folder, 'none'), PRESCALE_PEERS_CACHE: cache }, say);
    expect(words).toMatch(
      /^no .*none on the PATH: install Python 3\.10 or newer \(Debian: apt-get install python3 python3-venv\)/,
    );
  });

  it('says what to install where it makes no virtual environment, and leaves nothing behind', async () => {
    const words = await peerPython({ PYTHON: bare, PRESCALE_PEERS_CACHE: cache }, say);
    expect(words).toMatch(
      /can't make a virtual environment: install its venv \(Debian: apt-get install python3-venv\)/,
    );
    expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([]);
  });

  it('takes a named one as it is', async () => {
    const found = await peerPython({ PRESCALE_PEERS_PYTHON: '/opt/python', PRESCALE_PEERS_CACHE: cache }, say);
    expect(found).toEqual({ python: '/opt/python', folder: pythonFolder(), cache });
    expect(readdirSync(pythonFolder())).toEqual(expect.arrayContaining(['methods.py', 'requirements.txt', 'run.py']));
  });
});
