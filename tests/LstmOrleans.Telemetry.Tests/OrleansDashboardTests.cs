using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Orleans.Dashboard;

namespace LstmOrleans.Telemetry.Tests;

/// <summary>Orleans' own dashboard is mounted, but costs a call nothing unless asked to.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class OrleansDashboardTests(TelemetryFixture servers)
{
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void CallFilterAndListener_AreThereOnlyWhereAsked(bool asked, int count)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection([new("Lstm:Dashboard:OrleansProfile", asked.ToString())]);

        builder.AddLstmOrleans();

        Assert.Equal(count, Theirs(typeof(IIncomingGrainCallFilter)));
        Assert.Equal(count, Theirs(typeof(IHostedService)));

        int Theirs(Type service) => builder.Services.Count(one => one.ServiceType == service && one.ImplementationType?.Assembly == typeof(DashboardOptions).Assembly);
    }

    [Theory]
    [InlineData("/orleans/", "<html")]
    [InlineData("/orleans/DashboardCounters", "\"totalActivationCount\"")]
    [InlineData("/orleans/ClusterStats", "{")]
    public async Task Pages_AnswerWithoutThem(string path, string told) =>
        Assert.Contains(told, await servers.OnFile.GetAsync(path), StringComparison.Ordinal);
}
