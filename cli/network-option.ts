import { readFile } from 'node:fs/promises';
import { InputError, messageOf } from '../core/errors.ts';
import type { LeadTimeNetwork } from '../forecaster/lead-time/network.ts';
import { networkOf } from '../forecaster/lead-time/network-shelf.ts';
import { type Written, wrongOption } from './options.ts';

const EXPECTED = 'shipped, off, or the file of a trained network (network.psn of the addon)';

/** `--network shipped | off | <file.psn>`: what `predictive` rehearses beside its regression. @throws InputError */
export async function parseNetwork(written: Written): Promise<LeadTimeNetwork | 'off'> {
  const { option, text } = written;
  if (text === 'shipped' || text === 'off') return networkOf(text) ?? 'off';
  if (!text.endsWith('.psn')) throw wrongOption(written, EXPECTED);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(text);
  } catch (error) {
    throw new InputError(`${option}: ${text} can't be read: ${messageOf(error)}; expected ${EXPECTED}`, {
      cause: error,
    });
  }
  try {
    return networkOf(bytes)!;
  } catch (error) {
    throw new InputError(`${option}: ${text}: ${messageOf(error)}`, { cause: error });
  }
}
