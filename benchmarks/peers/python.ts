import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from './processes.ts';

const INSTALL_SECONDS = 1_200;
const QUESTION_SECONDS = 60;
const VERSIONS = 'import sys; print("%d.%d" % sys.version_info[:2])';

/** A Python with the peers' libraries, or in words why there is none. */
export interface PeerPython {
  readonly python: string;
  /** Where methods.py is. */
  readonly folder: string;
  /** What is kept from one run to the next. */
  readonly cache: string;
}

/** The folder with methods.py, run.py and requirements.txt: the sources', from the build too. */
export function pythonFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const found = join(folder, 'benchmarks/peers');
    if (existsSync(join(found, 'run.py'))) return found;
    if (folder === dirname(folder)) throw new Error('benchmarks/peers/run.py is missing');
  }
}

/**
 * Makes the virtual environment once and keeps it outside the repository, under the hash of what is asked for; PRESCALE_PEERS_PYTHON names
 * a Python that has the libraries already.
 * @returns words where there is no Python, no venv or no package index
 */
export async function peerPython(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<PeerPython | string> {
  const folder = pythonFolder();
  const cache = env.PRESCALE_PEERS_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'prescale-peers');
  const own = env.PRESCALE_PEERS_PYTHON;
  if (own) return { python: own, folder, cache };
  const base = env.PYTHON ?? 'python3';
  const version = await runProcess(base, ['-c', VERSIONS], { mostSeconds: QUESTION_SECONDS }).catch(() => undefined);
  if (version?.code !== 0) {
    return `no ${base} on the PATH: install Python 3.10 or newer (Debian: apt-get install python3 python3-venv), or name one with PYTHON`;
  }
  const requirements = join(folder, 'requirements.txt');
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .update(version.lines[0]!)
    .digest('hex');
  const made = join(cache, hash.slice(0, 12));
  const python = join(made, 'bin/python');
  if (existsSync(join(made, 'done'))) return { python, folder, cache };
  say(`Python ${version.lines[0]}: making ${made}, once (about 300 MB to fetch, 850 MB on disk)`);
  // Two at once make one each, and the later takes the earlier's.
  const draft = `${made}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    const problem = (await makeVenv(base, draft)) ?? (await install(join(draft, 'bin/python'), requirements));
    if (problem) return problem;
    await writeFile(join(draft, 'done'), '');
    await rm(made, { recursive: true, force: true });
    await rename(draft, made);
    return { python, folder, cache };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** By venv, else by virtualenv, which brings its own pip. @returns what to do where neither works */
async function makeVenv(base: string, folder: string): Promise<string | undefined> {
  const venv = await runProcess(base, ['-m', 'venv', folder], { mostSeconds: INSTALL_SECONDS });
  if (venv.code === 0) return undefined;
  await rm(folder, { recursive: true, force: true });
  const virtualenv = await runProcess(base, ['-m', 'virtualenv', folder], { mostSeconds: INSTALL_SECONDS });
  if (virtualenv.code === 0) return undefined;
  return `${base} can't make a virtual environment: install its venv (Debian: apt-get install python3-venv) or virtualenv, or name a Python that has benchmarks/peers/requirements.txt with PRESCALE_PEERS_PYTHON`;
}

async function install(python: string, requirements: string): Promise<string | undefined> {
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  const { code, complaint } = await runProcess(python, args, { mostSeconds: INSTALL_SECONDS });
  if (code === 0) return undefined;
  return `pip can't install benchmarks/peers/requirements.txt: ${complaint.split('\n').at(-1) || `exit code ${code}`}`;
}
