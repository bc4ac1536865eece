import util from 'node:util';
import { describe, expect, it } from 'vitest';
import { InputError, WorldError } from '../../core/errors.ts';
import { seededRandom } from '../../core/random.ts';
import { BACKENDS, type Backend, type BackendName, loadBackend } from './backend.io.ts';

/** Backends add up in different orders. After ten steps weights of about 0.5 differed by 1.2e-7, the rounding of float32. */
const TOLERANCE = 1e-5;

describe('the backends that are here', () => {
  const weightsOf = new Map<BackendName, number[]>();

  for (const name of BACKENDS) {
    it(`${name}: ten steps of Adam on a small network lower its loss and leave no tensor`, async (context) => {
      const backend = await loadBackend({ prefer: name });
      if (backend.name !== name) {
        console.log(`skipped: ${backend.why}`);
        return context.skip(backend.why);
      }
      const before = backend.tf.memory().numTensors;
      const { losses, weights } = tenSteps(backend);
      expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.9);
      expect(backend.tf.memory().numTensors).toBe(before);
      weightsOf.set(name, weights);
    });
  }

  it('give the same weights', () => {
    const [first, ...others] = weightsOf.values();
    for (const weights of others) {
      const apart = weights.map((weight, index) => Math.abs(weight - first![index]!));
      expect(Math.max(...apart)).toBeLessThan(TOLERANCE);
    }
    expect(weightsOf.size).toBeGreaterThan(0);
  });

  it('asked for at once are loaded one after another: each is the one that was asked for', async () => {
    const both = await Promise.all((['wasm', 'cpu', 'wasm'] as const).map((prefer) => loadBackend({ prefer })));
    expect(both.map(({ name }) => name)).toEqual(['wasm', 'cpu', 'wasm']);
  });

  it('are tried fastest first, and say which it is and why the faster ones are not', async () => {
    const { name, why } = await loadBackend({ importer: without('@tensorflow/tfjs-node') });
    expect(name).toBe('wasm');
    expect(why).toMatch(
      /^WebAssembly with SIMD \(TensorFlow\.js 4\.22\.0\); not native TensorFlow: @tensorflow\/tfjs-node is /,
    );
  });

  it('leave no listener behind that would end the process on somebody else’s error', async () => {
    const before = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
    await loadBackend({ prefer: 'wasm' });
    expect(process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')).toBe(before);
  });

  it('go on from a preferred one that is not there', async () => {
    const { name, why } = await loadBackend({ prefer: 'wasm', importer: without('-wasm', '-node') });
    expect(name).toBe('cpu');
    expect(why).toMatch(
      /^pure JavaScript .*not WebAssembly: @tensorflow\/tfjs-backend-wasm is not installed; not native/,
    );
  });
});

describe('where something is amiss', () => {
  it('refuses a name that there is not', async () => {
    const none = 'gpu' as BackendName;
    await expect(loadBackend({ prefer: none })).rejects.toThrow(
      new InputError('there is no TensorFlow.js backend "gpu"; there are native, wasm, cpu'),
    );
  });

  it('says what to install where no package is there', async () => {
    const failed = loadBackend({ importer: without('@tensorflow') });
    await expect(failed).rejects.toThrow(WorldError);
    await expect(failed).rejects.toThrow(
      'npm install @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0',
    );
  });

  it('says that the native package is here and its addon not built', async () => {
    const importer = async (name: string) => {
      if (!name.endsWith('-node')) return import(name);
      throw new Error('The Node.js native addon module (tfjs_binding.node) can not be found at path: /x. \nPlease run');
    };
    expect((await loadBackend({ importer })).why).toContain('its addon is not built (npm run native builds it)');
  });

  it('does not take another package for the native one, nor a backend that computes nonsense', async () => {
    const core = await import('@tensorflow/tfjs-core');
    const importer = async (name: string) => {
      if (name.endsWith('-node')) return { ...core, findBackendFactory: () => undefined };
      if (name.endsWith('-core')) return { ...core, matMul: () => core.scalar(33) };
      return import(name);
    };
    await expect(loadBackend({ importer })).rejects.toThrow(
      /another package stands in the place of tfjs-node; .*it computed 1·4 \+ 2·5 \+ 3·6 = 33/,
    );
  });

  it('gives the native package what Node 23 took from it', async (context) => {
    const old = util as unknown as Record<string, unknown>;
    delete old.isNullOrUndefined;
    delete old.isArray;
    const { name, why, tf } = await loadBackend({ prefer: 'native' });
    if (name !== 'native') return context.skip(why);
    // These two kernels call it.
    const top = tf.tidy(() => tf.topk(tf.tensor1d([1, 3, 2]), 2).values.dataSync());
    expect([...top]).toEqual([3, 2]);
  });
});

/** As if no package with one of these in its name were installed. */
function without(...parts: readonly string[]): (name: string) => Promise<unknown> {
  return async (name) => {
    if (!parts.some((part) => name.includes(part))) return import(name);
    const missing = new Error(`Cannot find package '${name}' imported from backend.ts`);
    throw Object.assign(missing, { code: 'ERR_MODULE_NOT_FOUND' });
  };
}

/** A residual network of the kind that is trained, with what its loss needs: relu, softplus, concat, slices, maxima, weights of rows. */
function tenSteps({ tf }: Backend): { losses: number[]; weights: number[] } {
  const random = seededRandom(7);
  const values = (count: number) => Float32Array.from({ length: count }, () => random() - 0.5);
  const [rows, width, outputs] = [64, 12, 5];
  const x = tf.tensor2d(values(rows * width), [rows, width]);
  const y = tf.tensor2d(values(rows), [rows, 1]);
  const variable = (...shape: number[]) => {
    const start = tf.tensor(values(tf.util.sizeFromShape(shape)), shape);
    const made = tf.variable(start);
    start.dispose();
    return made;
  };
  const first = variable(width, width);
  const bias = variable(width);
  const last = variable(width, outputs);
  const levels = tf.tensor1d([0.5, 0.8, 0.9, 0.95, 0.99]);
  const adam = tf.train.adam(0.01);
  const loss = () => {
    const hidden = tf.add(x, tf.relu(tf.add(tf.matMul(x, first), bias)));
    const raw = tf.matMul(hidden, last);
    const lowest = tf.slice(raw, [0, 0], [rows, 1]);
    const steps = tf.softplus(tf.slice(raw, [0, 1], [rows, outputs - 1]));
    const quantiles = tf.add(lowest, tf.concat([tf.zerosLike(lowest), tf.cumsum(steps, 1)], 1));
    const missed = tf.sub(y, quantiles);
    return tf.mean(
      tf.maximum(tf.mul(levels, missed), tf.mul(tf.sub(levels, 1), missed)),
    ) as import('@tensorflow/tfjs-core').Scalar;
  };
  const losses = Array.from({ length: 10 }, () => {
    const value = adam.minimize(loss, true)!;
    const [number] = value.dataSync();
    value.dispose();
    return number!;
  });
  const weights = [first, bias, last].flatMap((variable) => [...variable.dataSync()]);
  tf.dispose([x, y, first, bias, last, levels]);
  adam.dispose();
  return { losses, weights };
}
