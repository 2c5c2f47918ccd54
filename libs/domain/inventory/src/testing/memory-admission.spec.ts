import { admissionContract } from './admission-contract';
import { MemoryAdmission } from './memory-admission';

admissionContract('in memory', () => new MemoryAdmission());
