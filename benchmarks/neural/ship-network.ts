import { writeFile } from 'node:fs/promises';
import { encodeArtefact } from '../../models/neural/artefact.ts';
import { loadBackend } from '../../models/neural/backend.io.ts';
import { type TrainingSettings, trainQuantiles } from '../../models/neural/train.io.ts';
import type { TrainingRows } from '../../models/neural/training-set.ts';
import type { BenchOptions, BenchResult } from '../bench.ts';

/** A network that is shipped, and what it learns from. */
export interface ShippedNetwork {
  /** Of the benchmark that makes it. */
  readonly title: string;
  readonly file: string;
  /** The name that the source code gives its bytes. */
  readonly constant: string;
  readonly layout: string;
  readonly loads: number;
  readonly days: number;
  readonly rows: TrainingRows;
  readonly settings: TrainingSettings;
}

/** Trains it and writes it as source code where `--out` says. */
export async function shipNetwork(shipped: ShippedNetwork, options: BenchOptions): Promise<BenchResult> {
  const { title, file, layout, loads, days, settings } = shipped;
  const set = shipped.rows.set();
  const { tf, name, why } = await loadBackend();
  options.progress?.(`${name}: ${why}`);
  const began = performance.now();
  const { network, firstLoss, heldOutLoss } = trainQuantiles(
    tf,
    set,
    settings,
    ({ epoch, epochs, heldOutLoss: loss }) =>
      options.progress?.(`epoch ${epoch} of ${epochs}: loss ${loss.toFixed(6)} on loads that are kept back`),
  );
  const seconds = (performance.now() - began) / 1_000;
  const bytes = encodeArtefact(network, {
    layout,
    trainedOn: `${loads} generated loads of ${days} days`,
    rows: set.targets.length,
    seed: settings.seed,
    untilSeconds: 0,
    firstLoss,
    heldOutLoss,
  });
  if (options.out) await writeFile(options.out, sourceOf(bytes, shipped));
  return {
    title,
    columns: ['backend', 'loads', 'rows', 'seconds', 'loss before', 'loss after', 'bytes'],
    rows: [[name, loads, set.targets.length, seconds, firstLoss, heldOutLoss, bytes.length]],
    notes: options.out ? [`written to ${options.out}`] : [`not written: --out ${file} would`],
  };
}

/** Source code, so that every thread and every bundle has it without reading a file. */
function sourceOf(bytes: Uint8Array, { title, file, constant }: ShippedNetwork): string {
  const text = Buffer.from(bytes).toString('base64');
  return [
    `// Made by \`npm run bench -- ${title} --out ${file}\`; see docs/neural.md.`,
    `export const ${constant} =`,
    `  '${text}';`,
    '',
  ].join('\n');
}
