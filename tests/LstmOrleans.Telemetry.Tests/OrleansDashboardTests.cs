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
    [InlineData(typeof(IIncomingGrainCallFilter), false, 0)]
    [InlineData(typeof(IIncomingGrainCallFilter), true, 1)]
    [InlineData(typeof(IHostedService), false, 0)]
    [InlineData(typeof(IHostedService), true, 1)]
    public void WhatCostsEveryCall_IsThereOnlyWhereAsked(Type service, bool asked, int count)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection([new("Lstm:Dashboard:OrleansProfile", asked.ToString())]);

        builder.AddLstmOrleans();

        Assert.Equal(count, builder.Services.Count(one => one.ServiceType == service && !one.IsKeyedService
            && (one.ImplementationType ?? one.ImplementationFactory?.Method.DeclaringType)?.Assembly == typeof(DashboardOptions).Assembly));
    }

    [Theory]
    [InlineData("/orleans/", "<html")]
    [InlineData("/orleans/DashboardCounters", "\"totalActivationCount\"")]
    [InlineData("/orleans/ClusterStats", "{")]
    public async Task Pages_AnswerWithoutIt(string path, string told) =>
        Assert.Contains(told, await servers.OnFile.GetAsync(path), StringComparison.Ordinal);
}
