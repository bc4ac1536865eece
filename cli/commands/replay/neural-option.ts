import { InputError, messageOf } from '../../../core/errors.ts';
import { readInputFile } from '../../../files/input-file.io.ts';
import { neuralModelOf } from '../../../forecaster/lead-time/neural/model-cache.ts';
import type { LeadTimeModel } from '../../../forecaster/lead-time/neural/neural-model.ts';
import { type Written, wrongOption } from '../../options/options.ts';

/** The shipped one has 60 kB; no artefact of the format has more than 4 million weights of four bytes, and its header. */
const MOST_BYTES = 20_000_000;
const EXPECTED = 'shipped, none, or the file of a trained neural model (neural.psn of the addon)';

/** `--neural shipped | none | <file.psn>`: what `predictive` backtests beside its regression. @throws InputError */
export async function parseNeural(written: Written): Promise<LeadTimeModel | 'none'> {
  const { option, text } = written;
  if (text === 'shipped' || text === 'none') return neuralModelOf(text) ?? 'none';
  if (!text.endsWith('.psn')) throw wrongOption(written, EXPECTED);
  const bytes = readInputFile({ path: text, name: `${option}: ${text}`, expected: EXPECTED, mostBytes: MOST_BYTES });
  try {
    return neuralModelOf(bytes)!;
  } catch (error) {
    throw new InputError(`${option}: ${text}: ${messageOf(error)}`, { cause: error });
  }
}
