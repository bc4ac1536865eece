import { InputError, messageOf } from '../../../core/errors.ts';
import { readInputFile } from '../../../files/input-file.io.ts';
import { networkOf } from '../../../forecaster/lead-time/neural/model-cache.ts';
import type { LeadTimeNetwork } from '../../../forecaster/lead-time/neural/neural-model.ts';
import { type Written, wrongOption } from '../../options/options.ts';

/** The shipped one has 60 kB; no artefact of the format has more than 4 million weights of four bytes, and its header. */
const MOST_BYTES = 20_000_000;
const EXPECTED = 'shipped, off, or the file of a trained network (network.psn of the addon)';

/** `--network shipped | off | <file.psn>`: what `predictive` rehearses beside its regression. @throws InputError */
export async function parseNetwork(written: Written): Promise<LeadTimeNetwork | 'off'> {
  const { option, text } = written;
  if (text === 'shipped' || text === 'off') return networkOf(text) ?? 'off';
  if (!text.endsWith('.psn')) throw wrongOption(written, EXPECTED);
  const bytes = readInputFile({ path: text, name: `${option}: ${text}`, expected: EXPECTED, mostBytes: MOST_BYTES });
  try {
    return networkOf(bytes)!;
  } catch (error) {
    throw new InputError(`${option}: ${text}: ${messageOf(error)}`, { cause: error });
  }
}
