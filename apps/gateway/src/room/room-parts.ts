import { type Provider, type Type } from '@nestjs/common';
import { RoomController } from './room.controller';
import { RoomKeeper } from './room-keeper';
import { RoomMetrics } from './room-metrics';
import { RoomPass } from './room-pass';
import { Rooms } from './rooms';
import { ServingRoute } from './serving-route';

export const ROOM_PROVIDERS: Provider[] = [RoomKeeper, Rooms, RoomPass, RoomMetrics, ServingRoute];
export const ROOM_CONTROLLERS: Type[] = [RoomController];
