import { isId } from '@floodgate/kernel';
import { type AdmissionRequest } from '@floodgate/nest-kit';
import { type BlockList } from 'node:net';
import { clientAddress, networkOf } from './client-address';
import { type Subjects } from './frequency-limits';

/** Whom a request comes from, as limits and the blacklist count it. A device's name is an id like any other, or is none. */
export function clientOf(request: AdmissionRequest, proxies: BlockList): Subjects & { readonly address: string } {
  const { user, device } = request;
  const address = clientAddress(request.address, request.headers, proxies);
  return {
    user: user?.userId,
    address,
    network: networkOf(address),
    device: device !== undefined && isId(device) ? device : undefined,
  };
}
