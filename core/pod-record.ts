/** Where a pod runs: on a virtual node (ECI, virtual-kubelet) or an ordinary one (ECS). */
export type NodeClass = 'virtual' | 'ordinary';

/** Why Kubernetes says that a pod can't start, in its own words. */
export interface PodObstacle {
  /** `Unschedulable`, `ImagePullBackOff`, `CrashLoopBackOff`, … */
  readonly reason: string;
  readonly message: string;
}

/** What is kept of a pod: the watch drops everything else, so that memory doesn't grow with pod specs. Times in epoch seconds. */
export interface PodRecord {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdSeconds: number;
  /** Undefined while it is not Ready. */
  readonly readySinceSeconds: number | undefined;
  /** Of a pod that is not Ready: since when, where that is known. */
  readonly unreadySinceSeconds?: number;
  readonly startedSeconds: number | undefined;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly deleting: boolean;
  /** Undefined until it is scheduled. */
  readonly nodeClass: NodeClass | undefined;
  readonly nodeName: string | undefined;
  /** Tells the pods of one template from those of another: the hash that the controller labels them with. */
  readonly templateHash?: string;
  /** Sums over its containers; 0 where none is requested. Without cpuLimitCores a container has no limit. */
  readonly requests: {
    readonly cpuCores: number;
    readonly memoryBytes: number;
    readonly gpus: number;
    readonly cpuLimitCores?: number;
    /** A container without a request for it, by its name; empty: the pod as a whole has none. */
    readonly without?: { readonly cpu?: string; readonly memory?: string };
  };
  /** The value of controller.kubernetes.io/pod-deletion-cost, if set. */
  readonly deletionCost: number | undefined;
  /** Only of a pod that is not Ready and whose start is obstructed. */
  readonly obstacle?: PodObstacle;
}

/** How many of a workload's pods a resource reading rests on; which are left out is the HPA's rule (collector/demand/ready-demand.ts). */
export interface PodCoverage {
  /** Pods whose usage is in the value. */
  readonly counted: number;
  /** Running pods without a measurement: what they serve is unknown. */
  readonly unmeasured: number;
  /** Pods that are pending, not Ready or within their first minutes: left out. */
  readonly starting: number;
}
