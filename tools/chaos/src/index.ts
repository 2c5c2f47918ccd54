export { CampaignScene } from './campaign-scene';
export { GrabRouter } from './load/grab-router';
export { Crowd } from './load/crowd';
export { type Told, ToldLog } from './load/told';
export { type PersonPlan, type PoolPlan } from './plan/load-plan';
export { leaderIndex } from './faults/process-faults';
export { untilRecorded } from './quiesce';
export { waitFor } from './servers/wait';
export { ChaosWorld } from './world';
