namespace LstmOrleans.Cluster.Tests.Leases;

/// <summary>A silo where nothing runs.</summary>
internal sealed class TestSilo(SiloAddress address) : ILocalSiloDetails
{
    public string Name => "silo";

    public string ClusterId => "cluster";

    public string DnsHostName => "host";

    public SiloAddress SiloAddress => address;

    public SiloAddress GatewayAddress => address;
}
