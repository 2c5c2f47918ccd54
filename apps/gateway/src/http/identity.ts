import { OutcomeError } from '@floodgate/kernel';
import { bearerToken, Identities, type Identity, KEY_POLL_AFTER_MS, type Role } from '@floodgate/nest-kit';
import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  mixin,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { type FastifyRequest } from 'fastify';

type SignedInRequest = FastifyRequest & { identity?: Identity };

/** Lets only holders of a role in, and anyone signed in when no role is named. */
export function SignedIn(role?: Role): MethodDecorator & ClassDecorator {
  return applyDecorators(ApiBearerAuth(), UseGuards(identityGuard(role)));
}

/** The id of the user who is signed in. */
export const UserId = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { identity } = context.switchToHttp().getRequest<SignedInRequest>();
  if (!identity) throw new OutcomeError('SIGNED_OUT', '');
  return identity.userId;
});

function identityGuard(role: Role | undefined): Type<CanActivate> {
  @Injectable()
  class IdentityGuard implements CanActivate {
    constructor(@Inject(Identities) private readonly identities: Identities) {}

    canActivate(context: ExecutionContext): boolean {
      const request = context.switchToHttp().getRequest<SignedInRequest>();
      const token = bearerToken(request.headers.authorization);
      const identity = token === undefined ? undefined : this.identities.recognise(token);
      if (identity === 'later') throw new OutcomeError('TRY_LATER', '', { pollAfterMs: KEY_POLL_AFTER_MS });
      if (!identity) throw new OutcomeError('SIGNED_OUT', '');
      if (role !== undefined && !identity.roles.includes(role))
        throw new OutcomeError('FORBIDDEN', `needs the role ${role}`);
      request.identity = identity;
      return true;
    }
  }
  return mixin(IdentityGuard);
}
