import { createRequire } from 'node:module';
import { InputError, messageOf, WorldError } from '../../core/errors.ts';

/** Fastest first: 5 epochs of a dense network of 1.3 M parameters took 7 s, 92 s and 500 s. */
export const BACKENDS = ['native', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

type Tf = typeof import('@tensorflow/tfjs-core');

export interface Backend {
  readonly name: BackendName;
  /** Which one it is, and why the better ones were not taken. */
  readonly why: string;
  readonly tf: Tf;
}

export interface BackendOptions {
  /** Tried first; the others follow, fastest first. */
  readonly prefer?: BackendName;
  /** Imports a package: `import()` unless a test has another. */
  readonly importer?: (name: string) => Promise<unknown>;
}

/** All packages are of one release; they refuse each other otherwise. */
const VERSION = '4.22.0';
const PACKAGES: Readonly<Record<BackendName, readonly string[]>> = {
  native: ['@tensorflow/tfjs-node'],
  wasm: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-wasm'],
  cpu: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-backend-cpu'],
};
const TITLES: Readonly<Record<BackendName, string>> = {
  native: 'native TensorFlow',
  wasm: 'WebAssembly',
  cpu: 'pure JavaScript',
};

/**
 * The fastest backend of TensorFlow.js that is installed and computes. They share one engine in a thread: what was loaded last serves
 * all that was loaded before. Each thread has an engine of its own.
 * @throws InputError where the preference is none, WorldError where no backend can be loaded
 */
export function loadBackend(options: BackendOptions = {}): Promise<Backend> {
  const backend = loading.then(() => firstThatComputes(options));
  loading = backend.catch(() => undefined);
  return backend;
}

/** Two at once would disturb each other in the engine that they share. */
let loading: Promise<unknown> = Promise.resolve();

async function firstThatComputes(options: BackendOptions): Promise<Backend> {
  const { prefer, importer = (name) => import(name) } = options;
  if (prefer !== undefined && !BACKENDS.includes(prefer)) {
    throw new InputError(`there is no TensorFlow.js backend "${prefer}"; there are ${BACKENDS.join(', ')}`);
  }
  const order = prefer === undefined ? BACKENDS : [prefer, ...BACKENDS.filter((name) => name !== prefer)];
  const refused: string[] = [];
  for (const name of order) {
    try {
      const tf = await OPEN[name](importer);
      checkArithmetic(tf);
      return { name, why: [`${title(name, tf)}${name === prefer ? ', as preferred' : ''}`, ...refused].join('; '), tf };
    } catch (error) {
      refused.push(`not ${TITLES[name]}: ${inWords(error, name)}`);
    }
  }
  const packages = PACKAGES.wasm.map((name) => `${name}@${VERSION}`).join(' ');
  throw new WorldError(
    `no TensorFlow.js backend can be loaded (${refused.join('; ')}): the neural model can't be trained, all else works. ` +
      `npm install ${packages} adds one; npm run native in a clone adds the fast one`,
  );
}

type Importer = NonNullable<BackendOptions['importer']>;

const OPEN: Readonly<Record<BackendName, (importer: Importer) => Promise<Tf>>> = {
  native: async (importer) => {
    // The C++ library reads it once, when it is loaded: without it it tells the instructions of the processor on stderr.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    giveBackWhatNodeRemoved();
    const tf = await importTf(importer, '@tensorflow/tfjs-node');
    tf.enableProdMode();
    if (!tf.findBackendFactory('tensorflow')) throw new Error('another package stands in the place of tfjs-node');
    return activate(tf, 'tensorflow');
  },
  wasm: async (importer) => {
    const tf = await importPure(importer);
    await keepingListeners(async () => {
      await importer('@tensorflow/tfjs-backend-wasm');
      await activate(tf, 'wasm');
    });
    if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('this processor or Node has no SIMD');
    return tf;
  },
  cpu: async (importer) => {
    const tf = await importPure(importer);
    await importer('@tensorflow/tfjs-backend-cpu');
    return activate(tf, 'cpu');
  },
};

/** The core as Node loads it knows no gradients; the package of layers brings them. */
async function importPure(importer: Importer): Promise<Tf> {
  const tf = await importTf(importer, '@tensorflow/tfjs-core');
  await importer('@tensorflow/tfjs-layers');
  // No advertisement of the native package on stderr: `why` says it.
  tf.enableProdMode();
  return tf;
}

async function importTf(importer: Importer, name: string): Promise<Tf> {
  return (await importer(name)) as Tf;
}

async function activate(tf: Tf, engine: string): Promise<Tf> {
  if (!(await tf.setBackend(engine))) throw new Error('it could not be initialized');
  await tf.ready();
  return tf;
}

/** A library of another release, or for another processor, may load and yet compute nonsense. */
function checkArithmetic(tf: Tf): void {
  const [product] = tf.tidy(() => tf.matMul(tf.tensor2d([[1, 2, 3]]), tf.tensor2d([[4], [5], [6]])).dataSync());
  if (product !== 32) throw new Error(`it computed 1·4 + 2·5 + 3·6 = ${product}`);
}

function title(name: BackendName, tf: Tf): string {
  return `${TITLES[name]}${name === 'wasm' ? ' with SIMD' : ''} (TensorFlow.js ${tf.version_core})`;
}

function inWords(error: unknown, name: BackendName): string {
  const message = messageOf(error);
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    const missing = PACKAGES[name].find((one) => message.includes(`'${one}'`));
    return `${missing ?? `a package that ${PACKAGES[name].join(' or ')} needs`} is not installed`;
  }
  if (/native addon module .* not\s+be found/.test(message)) return 'its addon is not built (npm run native builds it)';
  return message.split('\n')[0]!;
}

/** Node 22 warns of these two and Node 23 has no isNullOrUndefined any more; @tensorflow/tfjs-node calls them. */
function giveBackWhatNodeRemoved(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  util.isArray = Array.isArray;
}

/** The WebAssembly glue listens for errors of the whole process, and ends it; only its own are its business, and those it throws. */
async function keepingListeners(load: () => Promise<void>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => new Set(process.rawListeners(event)));
  try {
    await load();
  } finally {
    for (const [index, event] of events.entries()) {
      for (const listener of process.rawListeners(event)) {
        if (!before[index]!.has(listener)) process.removeListener(event, listener as () => void);
      }
    }
  }
}
