using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Reflection;
using LstmOrleans.Hosting.Cluster;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LstmOrleans.Cluster.Tests.Hosting;

/// <summary>Who may connect to a silo's ports, and from when on.</summary>
public sealed class SiloPortOpensTests
{
    [Theory]
    [InlineData(SiloStatus.None, false)]
    [InlineData(SiloStatus.Created, false)]
    [InlineData(SiloStatus.Joining, true)]
    [InlineData(SiloStatus.Active, true)]
    [InlineData(SiloStatus.ShuttingDown, true)]
    [InlineData(SiloStatus.Stopping, true)]
    [InlineData(SiloStatus.Dead, true)]
    public async Task ConnectionOfASilo_BeforeThisOneIsInTheMemberList_IsEnded(SiloStatus status, bool isAccepted)
    {
        Assert.Equal(isAccepted, await IsAcceptedAsync(status, (options, builder) => options.ConfigureSiloInboundBuilder(builder)));
        Assert.True(await IsAcceptedAsync(status, (options, builder) => options.ConfigureSiloOutboundBuilder(builder)));
        Assert.True(await IsAcceptedAsync(status, (options, builder) => options.ConfigureGatewayInboundBuilder(builder)));
    }

    private static async Task<bool> IsAcceptedAsync(SiloStatus status, Action<SiloConnectionOptions.ISiloConnectionBuilderOptions, IConnectionBuilder> way)
    {
        var oracle = DispatchProxy.Create<ISiloStatusOracle, StatusOnly>();
        ((StatusOnly)oracle).Status = status;
        var collection = new ServiceCollection().AddSingleton(oracle);
        SiloPortOpens.WhenListed(collection);
        await using var services = collection.BuildServiceProvider();
        var builder = new ConnectionBuilder(services);
        way(services.GetRequiredService<IOptions<SiloConnectionOptions>>().Value, builder);
        await using var context = new DefaultConnectionContext { RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1) };
        bool reached = false;
        await builder.Run(connection =>
        {
            reached = ReferenceEquals(connection, context);
            return Task.CompletedTask;
        }).Build()(context);
        Assert.Equal(!reached, context.ConnectionClosed.WaitHandle.WaitOne(reached ? TimeSpan.Zero : TimeSpan.FromMinutes(1)));
        return reached;
    }

    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "A proxy derives from it.")]
    private class StatusOnly : DispatchProxy
    {
        public SiloStatus Status { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == $"get_{nameof(ISiloStatusOracle.CurrentStatus)}" ? Status : throw new NotSupportedException(targetMethod.Name);
    }
}
