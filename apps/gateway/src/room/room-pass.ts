import { type RoomState, waitingIn } from '@floodgate/domain/waiting-room';
import {
  type AdmissionRequest,
  type AdmissionStep,
  PASS_HEADER,
  type Refusal,
  type Verdict,
} from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type GatewayStep } from '../admission/phase-one';
import { type Walk } from '../admission/walk';
import { type Config, CONFIG } from '../config';
import { PreparedRefusal } from '../grab/raw-answer';
import { RoomKeeper } from './room-keeper';
import { isRoomPass } from './room-tokens';

const POLL_AFTER_MIN_MS = 500;
const POLL_AFTER_STEP_MS = 125;

/** What the client lacks is named as what is wrong: it joins the room, and comes back with a pass in this header. */
const JOIN_THE_ROOM = Array.from(
  { length: 8 },
  (_, no) =>
    new PreparedRefusal({
      outcome: 'WAIT',
      message: 'join the waiting room',
      field: PASS_HEADER,
      pollAfterMs: POLL_AFTER_MIN_MS + no * POLL_AFTER_STEP_MS,
    }),
);

let refusals = 0;

function joinTheRoom(): Refusal | undefined {
  // Not all at the same moment.
  refusals = (refusals + 1) % JOIN_THE_ROOM.length;
  return JOIN_THE_ROOM[refusals];
}

/** While people wait in the room, who comes without a pass waits too: nobody gets in before those who came before. */
@Injectable()
export class RoomPass implements AdmissionStep {
  readonly name = 'room-pass';

  constructor(
    private readonly keeper: RoomKeeper,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  refuse(request: AdmissionRequest): Refusal | undefined {
    const room = this.roomOf(request);
    if (room === undefined || waitingIn(room) === 0) return undefined;
    return this.isHeldIn(request) ? undefined : joinTheRoom();
  }

  /** The room that a grab can be sent to; undefined while there is none. */
  roomOf({ api, policy, campaign }: AdmissionRequest): RoomState | undefined {
    return api === 'grab' && policy.room.open === 'on' ? this.keeper.look(campaign, api) : undefined;
  }

  /** Whether the request carries this person's pass for this grab; never without a room in the plan. */
  isHeldIn({ user, grab, campaign, policy, headers, nowMs }: AdmissionRequest): boolean {
    if (policy.room.open !== 'on' || user === undefined || grab === undefined) return false;
    const room = { campaignId: campaign.campaignId, api: 'grab' };
    const holder = { userId: user.userId, room };
    return isRoomPass(headers[PASS_HEADER], holder, grab.grabId, this.config.TOKEN_SECRET, nowMs);
  }
}

/**
 * The step of the caps while a room is open: whom it does not let through is sent to the room, and who comes from there with a pass has been counted by the
 * room already. A pass takes its share of the cap all the same where there is some left.
 */
class CapOrRoom implements GatewayStep {
  readonly name: string;

  constructor(
    private readonly cap: GatewayStep,
    private readonly pass: RoomPass,
  ) {
    this.name = cap.name;
  }

  refuse(walk: Walk): Verdict | Promise<Verdict> {
    const refused = this.cap.refuse(walk);
    if (!(refused instanceof Promise)) return this.instead(walk, refused);
    return refused.then((verdict) => this.instead(walk, verdict));
  }

  private instead(walk: Walk, refused: Verdict): Verdict {
    if (refused === undefined || this.pass.isHeldIn(walk)) return undefined;
    return this.pass.roomOf(walk) === undefined ? refused : joinTheRoom();
  }
}

/** The steps, with the cap sending people to the room. */
export function withRoom(steps: readonly GatewayStep[], pass: RoomPass): GatewayStep[] {
  return steps.map((step) => (step.name === 'cap' ? new CapOrRoom(step, pass) : step));
}
