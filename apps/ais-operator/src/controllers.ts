/** Every controller by the name `--controllers` picks it with. */
export const controllers = {};
