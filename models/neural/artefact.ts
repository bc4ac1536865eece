import { createHash } from 'node:crypto';
import { messageOf } from '../../core/errors.ts';
import type { Dense } from './dense-kernel.ts';
import { layersOf, type QuantileNetwork } from './quantile-model.ts';

/** Raised whenever the bytes below change their meaning. */
const VERSION = 1;
/** "PSN", the version. */
const MARK = [0x50, 0x53, 0x4e] as const;
/** Mark, version, length of the header. */
const FIRST_BYTES = 8;
/** SHA-256 over all that is before it. */
const HASH_BYTES = 32;
/** No network of ours comes near: what claims more is damaged. */
const MOST_VALUES = 4_000_000;
/** Of a layer's inputs or outputs, and of layers: each is looked at before the weights are counted. */
const MOST_SIZE = 10_000;
const MOST_LEVELS = 100;

/** What a network was trained on and how well it did: for people, and to choose between two. */
export interface TrainingNote {
  /** Which features in which order: whoever reads rows of another layout can't use it. */
  readonly layout: string;
  /** In words: loads, days, rows. */
  readonly trainedOn: string;
  readonly rows: number;
  readonly seed: number;
  /** The newest instant that was learned from, epoch seconds; 0 where time doesn't matter (generated loads). */
  readonly untilSeconds: number;
  /** Mean weighted quantile loss on rows that were kept back, before and after. */
  readonly firstLoss: number;
  readonly heldOutLoss: number;
  /** The artefact that it went on from. */
  readonly from?: string;
}

/** A network with its note; `id` names its content. */
export interface Artefact {
  readonly id: string;
  readonly network: QuantileNetwork;
  readonly note: TrainingNote;
}

/** An artefact that is none: cut off, damaged, foreign, of another version or layout. */
export class ArtefactError extends Error {
  override readonly name = 'ArtefactError';
}

interface Header {
  readonly levels: readonly number[];
  readonly width: number;
  readonly inputs: number;
  readonly blocks: number;
  readonly note: TrainingNote;
}

/** A network as bytes: mark, a header in JSON, weights in single precision, and a hash of it all. */
export function encodeArtefact(network: QuantileNetwork, note: TrainingNote): Uint8Array {
  const { levels, first, blocks } = network;
  const header: Header = { levels, width: first.outputs, inputs: first.inputs, blocks: blocks.length, note };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const arrays = [network.means, network.deviations, ...layersOf(network).flatMap((l) => [l.weights, l.biases])];
  const values = arrays.reduce((sum, array) => sum + array.length, 0);
  const bytes = new Uint8Array(FIRST_BYTES + text.length + 4 * values + HASH_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set([...MARK, VERSION]);
  view.setUint32(4, text.length, true);
  bytes.set(text, FIRST_BYTES);
  let at = FIRST_BYTES + text.length;
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++, at += 4) view.setFloat32(at, array[i]!, true);
  }
  bytes.set(createHash('sha256').update(bytes.subarray(0, at)).digest(), at);
  return bytes;
}

/**
 * The network that was encoded, bit for bit.
 * @param layout of the features that the reader writes
 * @throws ArtefactError that says what was found and what was expected
 */
export function decodeArtefact(bytes: Uint8Array, layout: string): Artefact {
  const fail = (words: string): never => {
    throw new ArtefactError(`not a network of ours: ${words}`);
  };
  const least = FIRST_BYTES + HASH_BYTES;
  if (bytes.length < least) fail(`${bytes.length} bytes found, at least ${least} expected`);
  if (MARK.some((byte, i) => bytes[i] !== byte)) fail('it does not begin with "PSN"');
  if (bytes[3] !== VERSION) fail(`version ${bytes[3]} found, version ${VERSION} expected`);
  const end = bytes.length - HASH_BYTES;
  const hash = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!hash.equals(bytes.subarray(end))) fail('its hash does not fit its content: it is damaged or was cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = FIRST_BYTES + view.getUint32(4, true);
  if (from > end) fail('its header is longer than the file');
  const header = parseHeader(bytes.subarray(FIRST_BYTES, from), fail);
  if (header.note.layout !== layout) fail(`features of layout "${header.note.layout}" found, "${layout}" expected`);
  const network = readNetwork(header, view, from, end, fail);
  return { id: hash.toString('hex').slice(0, 12), network, note: header.note };
}

function parseHeader(bytes: Uint8Array, fail: (words: string) => never): Header {
  let header: Header;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes)) as Header;
  } catch (error) {
    return fail(`its header is no JSON: ${messageOf(error)}`);
  }
  const { levels, width, inputs, blocks, note } = header ?? {};
  const counts = [width, inputs, blocks];
  const isCount = (count: number) => Number.isInteger(count) && count > 0 && count <= MOST_SIZE;
  if (!counts.every(isCount)) fail(`its header lacks the sizes: whole numbers from 1 to ${MOST_SIZE} expected`);
  if (
    !Array.isArray(levels) ||
    levels.length > MOST_LEVELS ||
    levels[0] !== 0.5 ||
    levels.some((l, i) => !(l < 1) || !(l > (levels[i - 1] ?? 0)))
  ) {
    fail('its levels do not rise from 0.5 to under 1');
  }
  if (typeof note?.layout !== 'string') fail('its header lacks the layout of the features');
  return header;
}

function readNetwork(
  { levels, width, inputs, blocks }: Header,
  view: DataView,
  from: number,
  end: number,
  fail: (words: string) => never,
): QuantileNetwork {
  const shapes: [number, number][] = [[inputs, width]];
  for (let b = 0; b < blocks; b++) shapes.push([width, width]);
  shapes.push([width, levels.length], [inputs, levels.length]);
  const values = 2 * inputs + shapes.reduce((sum, [i, o]) => sum + i * o + o, 0);
  if (values > MOST_VALUES) fail(`${values} weights claimed, at most ${MOST_VALUES} expected`);
  if (from + 4 * values !== end) fail(`${(end - from) / 4} weights found, ${values} expected`);
  let at = from;
  const read = (length: number) => {
    const array = new Float32Array(length);
    for (let i = 0; i < length; i++, at += 4) array[i] = view.getFloat32(at, true);
    if (!array.every(Number.isFinite)) fail('a weight that is no finite number');
    return array;
  };
  const means = read(inputs);
  const deviations = read(inputs);
  if (!deviations.every((deviation) => deviation > 0)) fail('a standard deviation that is not above 0');
  const dense = shapes.map(([i, o]): Dense => ({ inputs: i, outputs: o, weights: read(i * o), biases: read(o) }));
  const straight = dense.pop()!;
  const last = dense.pop()!;
  return { levels, means, deviations, first: dense[0]!, blocks: dense.slice(1), last, straight };
}
