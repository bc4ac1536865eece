import { decodeArtefact } from './artefact.ts';
import { PATH_LAYOUT } from './path-inputs.ts';
import type { QuantileModel } from './quantile-model.ts';
import { BASE_PATH } from './shipped-path-weights.ts';

let neural: QuantileModel | undefined;

/** The path neural model that is shipped: trained on generated loads, so that it has seen nobody's history. Decoded when it is first asked for. */
export function shippedPathModel(): QuantileModel {
  neural ??= decodeArtefact(Buffer.from(BASE_PATH, 'base64'), PATH_LAYOUT).neural;
  return neural;
}
