import { decodeArtefact } from '../../../models/neural/artefact.ts';
import { LEAD_TIME_LAYOUT, LeadTimeNetwork } from './neural-model.ts';
import { baseNetwork } from './shipped-model.ts';

/** Calibrations are renewed each day, and each names the network that it was made with. */
const KEPT = 4;

/** What a refit is told: bytes of an artefact, the one that is shipped, or none. */
export type NetworkChoice = Uint8Array | 'shipped' | 'off';

/** The network that a choice stands for. @throws ArtefactError where the bytes are none */
export function networkOf(choice: NetworkChoice): LeadTimeNetwork | undefined {
  if (choice === 'off') return undefined;
  if (choice === 'shipped') return baseNetwork();
  const { id, network } = decodeArtefact(choice, LEAD_TIME_LAYOUT);
  return new LeadTimeNetwork(id, network);
}

/** The networks at hand, by id: workloads go on with the one that they were calibrated with until their next calibration. */
export class NetworkShelf {
  /** What the next refits rehearse. */
  current: NetworkChoice = 'shipped';
  private readonly networks = new Map<string, LeadTimeNetwork>();

  /** @param choice what is to be rehearsed from now on. @throws ArtefactError where it can't be used: all stays as it was */
  put(choice: NetworkChoice): void {
    const network = networkOf(choice);
    this.current = choice;
    if (!network) return;
    this.networks.delete(network.id);
    this.networks.set(network.id, network);
    const [oldest] = this.networks.keys();
    if (this.networks.size > KEPT) this.networks.delete(oldest!);
  }

  /** Undefined: it is not at hand, or none was asked for. */
  get(id: string | undefined): LeadTimeNetwork | undefined {
    if (id === undefined) return undefined;
    const shipped = baseNetwork();
    return id === shipped.id ? shipped : this.networks.get(id);
  }
}
