import { readFileSync } from 'node:fs';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { DESCRIPTOR_SET_FILE } from '@floodgate/contracts';
import { type Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';

/**
 * Answers gRPC reflection for the named services. The descriptors are buf's own: those that proto-loader derives name types
 * without their package and leave out imports, which buf curl and grpcurl refuse.
 */
export function addReflection(server: Pick<Server, 'addService'>, services: readonly string[]): void {
  const { file } = fromBinary(FileDescriptorSetSchema, readFileSync(DESCRIPTOR_SET_FILE));
  const fileDescriptorProtos = file.map((each) => Buffer.from(toBinary(FileDescriptorProtoSchema, each)));
  // The reflection service reads nothing else of a package definition.
  const contracts = { format: 'Protocol Buffer 3 DescriptorProto' as const, type: {}, fileDescriptorProtos };
  new ReflectionService({ contracts }, { services: [...services] }).addToServer(server);
}
