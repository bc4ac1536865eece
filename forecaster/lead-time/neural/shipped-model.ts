import { type Artefact, decodeArtefact } from '../../../models/neural/artefact.ts';
import { BASE_LEAD_TIME } from '../../../models/neural/shipped-lead-time-weights.ts';
import { LEAD_TIME_LAYOUT, LeadTimeNetwork } from './neural-model.ts';

let artefact: Artefact | undefined;
let network: LeadTimeNetwork | undefined;

/** The network that is shipped: trained on generated loads, so that it has seen nobody's history. Decoded when it is first asked for. */
export function baseArtefact(): Artefact {
  artefact ??= decodeArtefact(Buffer.from(BASE_LEAD_TIME, 'base64'), LEAD_TIME_LAYOUT);
  return artefact;
}

export function baseNetwork(): LeadTimeNetwork {
  network ??= new LeadTimeNetwork(baseArtefact().id, baseArtefact().network);
  return network;
}
