/** On every answer: the version of the plan in force. On a request: the version the client goes by for its campaign, or "none". */
export const POLICY_VERSION_HEADER = 'fg-policy-version';
