using LstmOrleans.Contracts.Settings;
using LstmOrleans.Hosting.Settings;
using LstmOrleans.Silo.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Cluster.Tests.Hosting;

/// <summary>What a server refuses before anything starts: the message names the setting, its value where it has a wrong one, and what to do.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("Lstm:Strems:WindowAnswers", "3", "Lstm:Strems:WindowAnswers is no setting", "Lstm has Cluster, Dashboard, DataDirectory", "Lstm__Strems__WindowAnswers")]
    [InlineData("Lstm:Streams:WindowAnswer", "3", "Lstm:Streams:WindowAnswer is no setting", "WindowAnswers, WindowBytes")]
    [InlineData("Lstm:cluster:Adress", "Host", "is no setting", "Lstm:Cluster has Address, Membership, Messaging, ReadLease, StoreWait")]
    [InlineData("Lstm:Cluster:Membership:ProbeTimeouts", "3", "is no setting", "ProbeTimeout,")]
    [InlineData("Lstm:Cluster:Messaging:SystemResponseTimeouts", "3", "is no setting", "SystemResponseTimeout,")]
    [InlineData("Lstm:Dashboard:ReadKey:0", "3", "Lstm:Dashboard:ReadKey:0 is no setting")]
    [InlineData("Lstm:Dashboard:Host:0", "x", "Lstm:Dashboard:Host:0 is no setting")]
    [InlineData("Lstm:Dashboard:Host", "x", "Lstm:Dashboard:Host is no setting", "Enabled, Hosts, Orleans")]
    [InlineData("Lstm:ShutdownTimeout", "00:00:00", "Lstm:ShutdownTimeout is 00:00:00; it must be from 00:00:01 to 1.00:00:00")]
    [InlineData("Lstm:ShutdownTimeout", "30", "Lstm:ShutdownTimeout is 30.00:00:00", "30 seconds are 00:00:30")]
    [InlineData("Lstm:ShutdownTimeout", "-00:00:05", "Lstm:ShutdownTimeout is -00:00:05")]
    [InlineData("Orleans:Endpoints:SiloPort", "99999", "SiloPort is '99999'; it must be a port, at most 65535")]
    [InlineData("Orleans:Endpoints:GatewayPort", "-1", "GatewayPort is '-1'")]
    [InlineData("Orleans:Endpoints:AdvertisedIPAddress", "nowhere", "AdvertisedIPAddress is 'nowhere'; it must be an IP address")]
    [InlineData("Orleans:Clustering:ProviderType", "Rediss", "'Rediss'", "Known Clustering providers", "Redis")]
    [InlineData("Orleans:Clustering:ProviderType", "Redis", "names no server", "Set Orleans:Clustering:ConnectionString")]
    [InlineData("Orleans:GrainStorage:streams:ProviderType", "Sqlight", "'Sqlight'", "Sqlite")]
    public void WrongSetting_IsRefused(string name, string value, params string[] parts) => Refused([new(name, value)], parts);

    [Theory]
    [InlineData("ServiceKey")]
    [InlineData("ConnectionName")]
    public void ClusterByRedis_OfANameWithoutAServer_SaysWhatToSet(string how) =>
        Refused([new("Orleans:Clustering:ProviderType", "Redis"), new($"Orleans:Clustering:{how}", "redis")], ["names the server 'redis'", "ConnectionStrings__redis"]);

    [Fact]
    public void ClusterByRedis_OfAStringThatCannotBeRead_SaysWhy() =>
        Refused([new("Orleans:Clustering:ProviderType", "Redis"), new("Orleans:Clustering:ConnectionString", "127.0.0.1:6379,pasword=x")], ["pasword", "'HOST:PORT'"]);

    [Theory]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("nonsense")]
    public void AddressOfTheHttpSide_ThatIsNone_IsRefused(string url) =>
        Assert.Contains($"'{url}'; it must be a URL", Assert.Throws<OrleansConfigurationException>(() => EndpointSettings.Url(url)).Message, StringComparison.Ordinal);

    // One letter more in the name of the store, and each server would have its own.
    [Theory]
    [InlineData("Orleans:GrainStorage:stream", "Redis", "127.0.0.1:1")]
    [InlineData("Orleans:GrainStorage:streams", "Sqlite", "Data Source=own.db")]
    public void ClusterWhoseStreamsAreInAFileOfEachServer_IsRefused(string section, string provider, string store) => Refused(
        [new("Orleans:Clustering:ProviderType", "Redis"), new("Orleans:Clustering:ConnectionString", "127.0.0.1:1"), new($"{section}:ProviderType", provider), new($"{section}:ConnectionString", store)],
        ["no other server of the cluster sees", "Set Orleans:GrainStorage:streams:ProviderType=Redis", "Orleans__GrainStorage__streams__ProviderType"]);

    // As Orleans takes them: an empty setting is none.
    [Theory]
    [InlineData("ServiceKey", "", "ConnectionString", "127.0.0.1:6379")]
    [InlineData("ConnectionString", "", "ConnectionName", "redis")]
    [InlineData("ServiceKey", "own", "ConnectionString", "")]
    public void ClusterByRedis_ThatNamesAServer_IsTaken(string how, string value, string alsoHow, string alsoValue)
    {
        var configuration = Configuration(
            [new("Orleans:Clustering:ProviderType", "Redis"), new($"Orleans:Clustering:{how}", value), new($"Orleans:Clustering:{alsoHow}", alsoValue), new("ConnectionStrings:redis", "127.0.0.1:1")]);
        int parsed = 0;
        RedisClustering.Check(configuration, key => key == "own", _ => parsed++);
        Assert.Equal(value == "own" ? 0 : 1, parsed);
    }

    [Fact]
    public void KnownSettings_InAnyCase_AreTaken() => KnownSettings.Check(Configuration(
    [
        new("Lstm", "another program's"), new("Lstm:Dashboard:Hosts:0", "x"), new("Lstm:Dashboard:Hosts", ""), new("LSTM:DATADIRECTORY", "x"), new("lstm:cluster:address", "Host"), new("Lstm:Cluster:Membership:ProbeTimeout", "00:00:01"), new("Lstm:Cluster:ReadLease:Period", "00:00:01"),
        new("Lstm:Dashboard:AdminKey", "x"), new("Lstm:Models:Directory", "x"), new("Lstm:Streams:ExpireAfter", "1.00:00:00"), new("Lstm:Telemetry:Prometheus", "false"), new("Other:Thing", "x"),
    ]));

    [Fact]
    public void FolderOfModels_ThatIsAFile_IsRefused()
    {
        string file = typeof(SettingsTests).Assembly.Location;
        Assert.Contains($"Lstm:Models:Directory is '{file}', which is a file", new ModelStoreOptionsValidator().Validate(null, new() { Directory = file }).FailureMessage, StringComparison.Ordinal);
    }

    private static void Refused(IReadOnlyCollection<KeyValuePair<string, string?>> settings, string[] parts)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        string message = Assert.Throws<OrleansConfigurationException>(() => builder.AddLstmOrleans()).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private static IConfigurationRoot Configuration(IEnumerable<KeyValuePair<string, string?>> settings) => new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
}
