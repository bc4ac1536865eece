import { type Artefact, decodeArtefact } from '../../../models/neural/artefact.ts';
import { BASE_LEAD_TIME } from '../../../models/neural/shipped-lead-time-weights.ts';
import { LEAD_TIME_LAYOUT, LeadTimeModel } from './neural-model.ts';

let artefact: Artefact | undefined;
let neural: LeadTimeModel | undefined;

/** The neural model that is shipped: trained on generated loads, so that it has seen nobody's history. Decoded when it is first asked for. */
export function shippedArtefact(): Artefact {
  artefact ??= decodeArtefact(Buffer.from(BASE_LEAD_TIME, 'base64'), LEAD_TIME_LAYOUT);
  return artefact;
}

export function shippedModel(): LeadTimeModel {
  neural ??= new LeadTimeModel(shippedArtefact().id, shippedArtefact().neural);
  return neural;
}
