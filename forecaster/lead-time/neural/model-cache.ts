import { decodeArtefact } from '../../../models/neural/artefact.ts';
import { LEAD_TIME_LAYOUT, LeadTimeModel } from './neural-model.ts';
import { shippedModel } from './shipped-model.ts';

/** Calibrations are renewed each day, and each names the neural model that it was made with. */
const KEPT = 4;

/** What a refit is told: bytes of an artefact, the one that is shipped, or none. */
export type NeuralModelChoice = Uint8Array | 'shipped' | 'none';

/** The neural model that a choice stands for. @throws ArtefactError where the bytes are none */
export function neuralModelOf(choice: NeuralModelChoice): LeadTimeModel | undefined {
  if (choice === 'none') return undefined;
  if (choice === 'shipped') return shippedModel();
  const { id, neural } = decodeArtefact(choice, LEAD_TIME_LAYOUT);
  return new LeadTimeModel(id, neural);
}

/** The neural models at hand, by id: workloads go on with the one that they were calibrated with until their next calibration. */
export class NeuralModelCache {
  /** What the next refits backtest. */
  current: NeuralModelChoice = 'shipped';
  private readonly neuralModels = new Map<string, LeadTimeModel>();

  /** @param choice what is to be backtested from now on. @throws ArtefactError where it can't be used: all stays as it was */
  put(choice: NeuralModelChoice): void {
    const neural = neuralModelOf(choice);
    this.current = choice;
    if (!neural) return;
    this.neuralModels.delete(neural.id);
    this.neuralModels.set(neural.id, neural);
    const [oldest] = this.neuralModels.keys();
    if (this.neuralModels.size > KEPT) this.neuralModels.delete(oldest!);
  }

  /** Undefined: it is not at hand, or none was asked for. */
  get(id: string | undefined): LeadTimeModel | undefined {
    if (id === undefined) return undefined;
    const shipped = shippedModel();
    return id === shipped.id ? shipped : this.neuralModels.get(id);
  }
}
