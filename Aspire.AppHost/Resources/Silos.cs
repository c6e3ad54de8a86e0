namespace LstmOrleans.AppHost.Resources;

/// <summary>Several servers of one cluster.</summary>
internal static class Silos
{
    /// <summary>
    /// Processes of this machine when it runs; each takes its ports from its environment and listens on loopback. In containers they listen on their network,
    /// so each is told to give its own address to the others, and the dashboard, whose port is published, demands a key (in <c>.env</c>, beside
    /// the password of Redis). No proxy stands before them, so what a request says of one is not believed.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithSilos(this IResourceBuilder<ProjectResource> server, int count)
    {
        server.WithReplicas(count);
        var builder = server.ApplicationBuilder;
        if (!builder.ExecutionContext.IsPublishMode)
            return server;

        return server
            .WithExternalHttpEndpoints()
            .DisableForwardedHeaders()
            .WithEnvironment("Lstm__Cluster__Address", "Host")
            .WithEnvironment("Lstm__Dashboard__ReadKey", Key("dashboard-read-key"))
            .WithEnvironment("Lstm__Dashboard__AdminKey", Key("dashboard-admin-key"))
            .PublishAsDockerComposeService((_, service) =>
            {
                // Aspire's number of replicas is not written to the file.
                service.Deploy = new() { Replicas = count };
                // A silo that was declared dead ends itself; and one that is stopped has 30 s to hand its streams over, where Docker would give it 10.
                service.Restart = "unless-stopped";
                service.StopGracePeriod = "40s";
            });

        IResourceBuilder<ParameterResource> Key(string name) => builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true);
    }
}
