import { admissionContract } from './testing/admission-contract';
import { MemoryAdmission } from './memory-admission';

admissionContract('in memory', () => new MemoryAdmission());
