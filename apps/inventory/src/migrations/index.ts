import { CreateUnitRegister1763800000000 } from './1763800000000-create-unit-register';

export const migrations = [CreateUnitRegister1763800000000];
