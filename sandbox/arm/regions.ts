/** A region of Azure's public cloud, and the one that geo-redundant data are copied to. */
export interface Region {
  readonly name: string;
  readonly displayName: string;
  readonly geographyGroup: string;
  readonly paired?: string;
}

// From https://learn.microsoft.com/en-us/azure/reliability/cross-region-replication-azure: name, display name, pair.
const byGeography: Readonly<Record<string, readonly (readonly [string, string, string?])[]>> = {
  US: [
    ['eastus', 'East US', 'westus'],
    ['eastus2', 'East US 2', 'centralus'],
    ['southcentralus', 'South Central US', 'northcentralus'],
    ['westus2', 'West US 2', 'westcentralus'],
    ['westus3', 'West US 3', 'eastus'],
    ['centralus', 'Central US', 'eastus2'],
    ['northcentralus', 'North Central US', 'southcentralus'],
    ['westus', 'West US', 'eastus'],
    ['westcentralus', 'West Central US', 'westus2'],
    ['centraluseuap', 'Central US EUAP', 'eastus2euap'],
    ['eastus2euap', 'East US 2 EUAP', 'centraluseuap'],
  ],
  Europe: [
    ['northeurope', 'North Europe', 'westeurope'],
    ['westeurope', 'West Europe', 'northeurope'],
    ['swedencentral', 'Sweden Central', 'swedensouth'],
    ['swedensouth', 'Sweden South', 'swedencentral'],
    ['uksouth', 'UK South', 'ukwest'],
    ['ukwest', 'UK West', 'uksouth'],
    ['francecentral', 'France Central', 'francesouth'],
    ['francesouth', 'France South', 'francecentral'],
    ['germanywestcentral', 'Germany West Central', 'germanynorth'],
    ['germanynorth', 'Germany North', 'germanywestcentral'],
    ['italynorth', 'Italy North'],
    ['norwayeast', 'Norway East', 'norwaywest'],
    ['norwaywest', 'Norway West', 'norwayeast'],
    ['polandcentral', 'Poland Central'],
    ['spaincentral', 'Spain Central'],
    ['switzerlandnorth', 'Switzerland North', 'switzerlandwest'],
    ['switzerlandwest', 'Switzerland West', 'switzerlandnorth'],
  ],
  'Asia Pacific': [
    ['southeastasia', 'Southeast Asia', 'eastasia'],
    ['eastasia', 'East Asia', 'southeastasia'],
    ['australiaeast', 'Australia East', 'australiasoutheast'],
    ['australiasoutheast', 'Australia Southeast', 'australiaeast'],
    ['australiacentral', 'Australia Central', 'australiacentral2'],
    ['australiacentral2', 'Australia Central 2', 'australiacentral'],
    ['centralindia', 'Central India', 'southindia'],
    ['southindia', 'South India', 'centralindia'],
    ['westindia', 'West India', 'southindia'],
    ['japaneast', 'Japan East', 'japanwest'],
    ['japanwest', 'Japan West', 'japaneast'],
    ['koreacentral', 'Korea Central', 'koreasouth'],
    ['koreasouth', 'Korea South', 'koreacentral'],
    ['newzealandnorth', 'New Zealand North'],
  ],
  Canada: [
    ['canadacentral', 'Canada Central', 'canadaeast'],
    ['canadaeast', 'Canada East', 'canadacentral'],
  ],
  'South America': [
    ['brazilsouth', 'Brazil South', 'southcentralus'],
    ['brazilsoutheast', 'Brazil Southeast', 'brazilsouth'],
  ],
  'Middle East': [
    ['uaenorth', 'UAE North', 'uaecentral'],
    ['uaecentral', 'UAE Central', 'uaenorth'],
    ['qatarcentral', 'Qatar Central'],
    ['israelcentral', 'Israel Central'],
  ],
  Africa: [
    ['southafricanorth', 'South Africa North', 'southafricawest'],
    ['southafricawest', 'South Africa West', 'southafricanorth'],
  ],
  Mexico: [['mexicocentral', 'Mexico Central']],
};

/** The regions that the sandbox takes as places. */
export const regions: readonly Region[] = Object.entries(byGeography).flatMap(([geographyGroup, rows]) =>
  rows.map(([name, displayName, paired]) => ({
    name,
    displayName,
    geographyGroup,
    ...(paired === undefined ? {} : { paired }),
  })),
);

/** The region of a name; undefined for what is none. */
export function regionOf(name: string): Region | undefined {
  return regions.find((region) => region.name === name);
}
