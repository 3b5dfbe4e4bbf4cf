/** The node that is measured: as large as Slingshot nodes get. */
export const nics = 8;
/** Device ids per NIC, the plugin's default. */
export const slotsPerNic = 100;
