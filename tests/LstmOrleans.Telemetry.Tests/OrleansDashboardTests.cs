using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace LstmOrleans.Telemetry.Tests;

/// <summary>Orleans' own dashboard is mounted, but costs a call nothing unless asked to.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class OrleansDashboardTests(TelemetryFixture servers)
{
    [Theory]
    [InlineData(typeof(IIncomingGrainCallFilter))]
    [InlineData(typeof(IHostedService))]
    [InlineData(typeof(ILifecycleParticipant<ISiloLifecycle>))]
    public void WhatRunsByItself_IsThereOnlyWhereAsked(Type service)
    {
        int without = Count(service, "Lstm:Dashboard:Orleans", "false");

        Assert.Equal(without, Count(service, "Lstm:Dashboard:OrleansProfile", "false"));
        Assert.True(Count(service, "Lstm:Dashboard:OrleansProfile", "true") > without);
    }

    [Theory]
    [InlineData("/orleans/", "<html")]
    [InlineData("/orleans/DashboardCounters", "\"totalActivationCount\"")]
    [InlineData("/orleans/ClusterStats", "{")]
    public async Task Pages_AnswerWithoutIt(string path, string told) =>
        Assert.Contains(told, await servers.OnFile.GetAsync(path), StringComparison.Ordinal);

    private static int Count(Type service, string name, string value)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection([new(name, value)]);
        builder.AddLstmOrleans();
        return builder.Services.Count(one => one.ServiceType == service);
    }
}
