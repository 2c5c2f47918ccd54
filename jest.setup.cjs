// Generous, since it only decides how long a hanging test takes.
jest.setTimeout(120_000);
