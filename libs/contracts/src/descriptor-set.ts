import { join } from 'node:path';

/** A FileDescriptorSet of all contracts, as protoc and buf write it; what gRPC reflection answers with. */
export const DESCRIPTOR_SET_FILE = join(__dirname, 'generated/descriptors.binpb');
