export * from './floodgate-client';
export * from './messages';
export * from './options';
export * from './policy-store';
export * from './results';
export * from './retry-budget';
export * from './secrets';
export * from './views';
export { checkPackets, type GrantedPacket, type PacketCheck, type RevealedPackets } from '@floodgate/domain/packets';
