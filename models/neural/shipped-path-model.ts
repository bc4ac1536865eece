import { decodeArtefact } from './artefact.ts';
import { PATH_LAYOUT } from './path-features.ts';
import type { QuantileNetwork } from './quantile-model.ts';
import { BASE_PATH } from './shipped-path-weights.ts';

let network: QuantileNetwork | undefined;

/** The path network that is shipped: trained on generated loads, so that it has seen nobody's history. Decoded when it is first asked for. */
export function basePathNetwork(): QuantileNetwork {
  network ??= decodeArtefact(Buffer.from(BASE_PATH, 'base64'), PATH_LAYOUT).network;
  return network;
}
