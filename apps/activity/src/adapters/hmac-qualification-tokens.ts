import { type QualificationTokens } from '@floodgate/domain/activity';
import { signToken } from '@floodgate/nest-kit';

export class HmacQualificationTokens implements QualificationTokens {
  constructor(private readonly secret: string) {}

  sign(claims: Parameters<QualificationTokens['sign']>[0]): string {
    return signToken('qualification', claims, this.secret);
  }
}
